"""Student code runs in here and nowhere else.

A zygote (`zygote`) has imported one framework and nothing that is secret. For
each submission it forks a guard (`guard`), which forks the process that shuts
itself in (`sandbox`) and then runs the cells (`shell`) as it is told to over a
socket (`wire`). The grader's end of that socket is `client`.
"""
