from . import cohort as cohort
from . import data as data
from . import did as did
from . import its as its
from . import logic as logic
from . import moments as moments
from . import rct as rct
from . import stats as stats
from . import survey as survey
from .errors import DataError as DataError
from .errors import DesignError as DesignError
from .errors import EbpmError as EbpmError
from .errors import SpecError as SpecError
from .estimate import Estimate as Estimate
from .estimate import Estimates as Estimates
from .estimate import Unavailable as Unavailable
from .figures.style import style as style
from .logic import read_logic_model as read_logic_model
from .notices import Notice as Notice
from .notices import Notices as Notices
from .notices import explain as explain
from .pilot import read_pilot as read_pilot
from .reports import report as report
from .texts import use_language as use_language

__version__: str
