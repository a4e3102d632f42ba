"""The class report: one page that shows an instructor how a class has done."""
