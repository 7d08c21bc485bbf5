"""ebpm: logic models and causal inference for the evaluation of policy pilots.

The map
-------
`read_pilot`, `read_logic_model`, `report`
    from a declared pilot to evidence and a report.
`rct`, `did`, `its`, `survey`, `cohort`
    the routines: data first, the outcome second, the rest by keyword.
`logic`, `data`
    what should happen and why; what the records say, checked against a contract.
`stats`, `moments`
    arrays in, frozen values out.
`Estimate`, `Estimates`, `Unavailable`, `Notice`, `Notices`
    the results; they print, tidy, summarise and plot themselves.
`EbpmError`, `SpecError`, `DataError`, `DesignError`
    what is wrong, what was given and where, what to do.
`explain`, `use_language`, `style`
    words and pictures, in Japanese and English.
"""

import lazy_loader as _lazy

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
