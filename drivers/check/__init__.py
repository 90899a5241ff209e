"""`check`: row-wise is checked, not trusted; and so is what can be seen without calling anything.

`checking` goes through a project; `samples` and `choosing` find rows to try functions on; `trials`,
`answers` and `shrinking` try them and look for a smallest example; `causes` and `reached` say why;
`static` and `types` look at definitions alone.
"""

from drivers.check.checking import check
from drivers.check.loading import check_loaded
from drivers.check.model import CheckReport, Problem, Severity

__all__ = ["CheckReport", "Problem", "Severity", "check", "check_loaded"]
