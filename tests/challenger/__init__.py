"""A second, independent model of the projection in plain NumPy: it challenges the engine, and is meant to be read.

Written from the rules and from section 5 of the README, not from the engine's code. It imports NumPy and the standard
library only. Read it in this order: ``given`` (what it is told), ``economy`` (wages, rates), ``people``, ``retirement``,
``spread`` (thresholds), ``death_grant``, ``employee_pension``, ``resident_pension``, ``linkage``, ``pools``, ``projection``
(a year, and all years). ``arrangements`` stands beside them: pools alone, of any arrangement, on municipal flows that it is
told.

Division of labour. The challenger projects. The stocks of 31 December of the base year and the yearly tables of levers
(mortality, fertility, rates of migration, participation, rates and amounts of the law, the random numbers) are handed to it
as plain arrays by ``challenger_bridge``, which alone knows the engine. What it derives itself from these: wages, rates and
migration of a path, reference wages, survival of the provinces, retirement by birth month, coverage, contribution bases,
and everything that follows. Of the grants on death the months of pensioners are such a table, those of members are derived.
That the opening stocks are right is shown elsewhere (``tests/reproduction``).

Stocks are arrays ``[municipality, registration, sex, age]``, age 0 to 99 and the open group of 100 and over, in completed
years on the day of the stock; nothing is stored by cohort. Everything is a total of its cell, never a mean.
"""
