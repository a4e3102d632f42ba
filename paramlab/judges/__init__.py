"""The judges, by exercise: inputs and plain data in, findings out."""

from paramlab.judges import access, exercises, initialization, tying
from paramlab.judges.finding import Judge

JUDGES: dict[str, Judge] = {
    **access.JUDGES,
    **initialization.JUDGES,
    **tying.JUDGES,
    **exercises.JUDGES,
}
