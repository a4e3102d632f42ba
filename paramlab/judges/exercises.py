"""Judges of 04-exercises, a module each."""

from paramlab.judges import fancy, observe, sharing, survey, tied_train

JUDGES = {
    "fancy-access": fancy.JUDGE,
    "survey": survey.JUDGE,
    "tied-train": tied_train.JUDGE,
    "observe": observe.JUDGE,
    "why-share": sharing.JUDGE,
}
