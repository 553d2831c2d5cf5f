"""Every mistake in an input gets a message that says where it is, what stands there and what may stand there."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pooling.assumptions import load_config
from pooling.assumptions.files import listed
from pooling.assumptions.funds import FUND_MODELS
from pooling.assumptions.registry import LAWS
from pooling.errors import SHOWN, InputErrors
from small_set import SetCopy, messages

FUND = "schemes/employee_pension_fund.toml"
LAW = "schemes/employee_pension.toml"
RUN = "runs/example.toml"
ARRANGEMENTS = "pooling/arrangements.toml"
UNITS_OF_PEOPLE = "persons, 10k persons, thousand persons"


def lines_told(expected: str, copy: SetCopy) -> str:
    """A message with ``line <text>`` as the number of the first line of its file that holds the text."""
    file = expected.partition(",")[0].removeprefix("example/")
    lines = copy.path(file).read_text(encoding="utf-8").splitlines() if "line <" in expected else []

    def number(match: re.Match[str]) -> str:
        return f"line {1 + next(k for k, line in enumerate(lines) if match[1] in line)}"

    return re.sub(r"line <(.+?)>", number, expected)


def fits(message: str, expected: str) -> bool:
    """Whether a message is the one expected; ``…`` stands for any text."""
    parts = [re.escape(part) for part in expected.split("…")]
    return re.fullmatch(".*".join(parts), message) is not None


# Each: file, what stands there, what is put there, the message. One mistake gives one message.
TOML = {
    "syntax": (
        RUN, "paths = 20", "paths = = 20",
        "runs/example.toml, line <paths = = 20>: found 'paths = = 20'; allowed: TOML; Invalid value",
    ),
    "key twice": (
        RUN, "paths = 20", "paths = 20\npaths = 30",
        "runs/example.toml, line <paths = 30>: found 'paths = 30'; allowed: TOML; Cannot overwrite a value",
    ),
    "unknown key": (
        RUN, "all_paths = false", "all_path = false",
        "runs/example.toml, line <all_path = false>, key output.all_path: found the unknown key 'all_path'; "
        "allowed: file, all_paths; did you mean 'all_paths'?",
    ),
    "unused key": (
        ARRANGEMENTS, 'settlement = "none"', 'settlement = "none"\nlevy = 0.1',
        "example/pooling/arrangements.toml, line 23, key arrangement.municipal.levy: found a value; "
        "allowed: nothing where settlement is 'none'",
    ),
    "missing key": (
        ARRANGEMENTS, 'levy = "auto"\n', "",
        "example/pooling/arrangements.toml, line 56, key arrangement.current.settlement: "
        "found 'levy_fill'; allowed: with the keys levy",
    ),
    "text for a number": (
        FUND, "dormant_share = 0.1", 'dormant_share = "0.1"',
        f"example/{FUND}, line <dormant_share>, key members.dormant_share: found '0.1'; allowed: a number",
    ),
    "text for a date": (
        "set.toml", "2024-12-31", '"2024-12-31"',
        "example/set.toml, line 3, key valuation_date: found '2024-12-31'; allowed: a date such as 2024-12-31",
    ),
    "percent for a fraction": (
        FUND, "dormant_share = 0.1", "dormant_share = 10",
        f"example/{FUND}, line <dormant_share>, key members.dormant_share: found 10; allowed: a number below 1; "
        "looks like percent",
    ),
    "rate of a law in percent": (
        LAW, "value = 0.16", "value = 16",
        f"example/{LAW}, line 16, key rules.employer_rate.values.1.value: found 16; "
        "allowed: 0 to 1 (fraction); looks like percent",
    ),
    "infinite number": (
        FUND, "dormant_share = 0.1", "dormant_share = nan",
        f"example/{FUND}, line <dormant_share>, key members.dormant_share: found nan; allowed: a finite number",
    ),
    "parameter out of range": (
        "economy/economy.toml", "sigma]\nvalue = 0.02", "sigma]\nvalue = -0.02",
        "example/economy/economy.toml, line 10, key wages.national.sigma.value: found -0.02; "
        "allowed: 0 to 1 (index)",
    ),
    "range upside down": (
        "economy/economy.toml", "low = 0.3\nhigh = 0.8", "low = 0.9\nhigh = 0.8",
        "example/economy/economy.toml, line 3, key wages.national.ar.low: found 0.9; "
        "allowed: at most high = 0.8",
    ),
    "unknown choice": (
        RUN, 'municipal_split = "gdp"', 'municipal_split = "gpd"',
        "runs/example.toml, line <municipal_split>, key options.municipal_split: found 'gpd'; "
        "allowed: 'gdp' or 'age'; did you mean 'gdp'?",
    ),
    "unknown variant": (
        RUN, 'central_path = "central"', 'central_path = "centrl"',
        "runs/example.toml, line <central_path>, key options.central_path: found 'centrl'; "
        "allowed: central, flat, steep; did you mean 'central'?",
    ),
    "unknown arrangement": (
        RUN, '"national", ', '"nationwide", ',
        "runs/example.toml, line <arrangements = >, key arrangements: found the unknown arrangement 'nationwide'; "
        "allowed: municipal, provincial, national, current, regional, provincial_adjustment, "
        "central_adjustment, stepwise, payable, less_effort, local_reserves; did you mean 'national'?",
    ),
    "unknown fund": (
        RUN, "overlays = []", 'funds = ["employee_pension"]',
        "runs/example.toml, line <funds = >, key funds: found 'employee_pension'; "
        "allowed: employee_pension_fund; did you mean 'employee_pension_fund'?",
    ),
    "unknown anchor": (
        RUN, "province = 100000", "province = 100001",
        "runs/example.toml, line <province = 100001>, key subsidy_anchor.province: found 100001; "
        "allowed: a code of provinces.csv; did you mean '100000'?",
    ),
    "unknown set": (
        RUN, '"../example"', '"../exmple"',
        "runs/example.toml, line 2, key assumptions: found '../exmple'; "
        "allowed: a relative path to a folder with a set.toml",
    ),
    "negative paths": (
        RUN, "paths = 20", "paths = -1",
        "runs/example.toml, line <paths = -1>, key projection.paths: found -1; "
        "allowed: a number of 0 or more",
    ),
    "broken paths": (
        RUN, "paths = 20", "paths = 20.5",
        "runs/example.toml, line <paths = 20.5>, key projection.paths: found 20.5; allowed: a whole number",
    ),
    "last year before first": (
        RUN, "last_year = 2099", "last_year = 2024",
        "runs/example.toml, line <last_year>, key projection.last_year: found 2024; "
        "allowed: a year from 2025 on",
    ),
    "first year not after the valuation": (
        RUN, "first_year = 2025", "first_year = 2026",
        "runs/example.toml, line <first_year>, key projection.first_year: found 2026; "
        "allowed: 2025, the year after the valuation date 2024-12-31",
    ),
    "horizon beyond the set": (
        RUN, "last_year = 2099", "last_year = 2101",
        "runs/example.toml, line <last_year>, key projection.last_year: found 2101; "
        "allowed: a year up to 2100, the last that the tables of example reach",
    ),
    "horizon beyond a table": (
        "set.toml", "horizon_last = 2100", "horizon_last = 2101",
        "example/set.toml, line 8, key horizon_last: found 2101; "
        "allowed: a year up to 2100, as these tables end earlier: demography/fertility, "
        "demography/fertility_pattern, demography/international_migration, "
        "demography/life_expectancy, demography/mortality, economy/central_path",
    ),
    "valuation in the middle of a year": (
        "set.toml", "2024-12-31", "2024-06-30",
        "example/set.toml, line 3, key valuation_date: found 2024-06-30; allowed: a 31 December",
    ),
    "dated value without date": (
        LAW, "from = 2019-05-01\n", "",
        f"example/{LAW}, line 14, key rules.employer_rate.values.1.from: found nothing; "
        "allowed: the key 'from'",
    ),
    "dated value without source": (
        LAW, 'value = 0.16\nsource = "insurance_act"', "value = 0.16",
        f"example/{LAW}, line 14, key rules.employer_rate.values.1.source: found nothing; "
        "allowed: the key 'source'",
    ),
    "dates that do not ascend": (
        LAW, "from = 2019-05-01", "from = 1996-01-01",
        f"example/{LAW}, line 15, key rules.employer_rate.values.1.from: found 1996-01-01; "
        "allowed: a date after 1996-01-01",
    ),
    "end after the next value": (
        LAW, "value = 0.20\n", "value = 0.20\nends = 2019-05-01\n",
        f"example/{LAW}, line 12, key rules.employer_rate.values.0.ends: found 2019-05-01; "
        "allowed: a date from 1996-01-01 on and before 2019-05-01",
    ),
    "rule that starts too late": (
        LAW, "[[rules.employee_rate.values]]\nfrom = 1996-01-01",
        "[[rules.employee_rate.values]]\nfrom = 2024-05-01",
        f"example/{LAW}, line 19, key rules.employee_rate: found a first date of 2024-05-01; "
        "allowed: a value in force on 2024-01-01",
    ),
    "floor above the cap": (
        LAW, "value = 0.6\n", "value = 6.0\n",
        f"example/{LAW}, line 60, key rules.floor_multiple: found 6 on 2024-01-01; allowed: at most cap_multiple = 3",
    ),
    "unit of a rule": (
        LAW, 'unit = "percent"', 'unit = "per cent"',
        f"example/{LAW}, line 166, key rules.notional_rate.unit: found 'per cent'; "
        "allowed: fraction, percent, per 1000; did you mean 'percent'?",
    ),
    "shares of the funds": (
        FUND, "expenditure = 1.0", "expenditure = 0.9",
        f"example/{FUND}, line <expenditure = 0.9>, key split.expenditure: found 0.9 (employee_pension_fund) = 0.9; "
        "allowed: shares that sum to 1 over the funds of the scheme",
    ),
    "shares of the groups": (
        FUND, "women_worker = 0.7", "women_worker = 0.8",
        f"example/{FUND}, line <[groups]>, key groups: found shares of female groups that sum to 1.1; "
        "allowed: shares that sum to 1",
    ),
    "range of an unknown figure": (
        FUND, "[range.dormant_share]", "[range.dormant]",
        f"example/{FUND}, line <[range.dormant]>, key range.dormant: found the unknown figure 'dormant'; "
        "allowed: account_spread, …; did you mean 'dormant_share'?",
    ),
    "law that does not exist": (
        FUND, 'module = "employee_pension"', 'module = "employee_pensions"',
        f"example/{FUND}, line 1, key module: found the unknown module 'employee_pensions'; "
        f"allowed: {listed(FUND_MODELS)}; did you mean 'employee_pension'?",
    ),
    "unknown settlement": (
        ARRANGEMENTS, 'settlement = "none"', 'settlement = "full"',
        "example/pooling/arrangements.toml, line 22, key arrangement.municipal.settlement: "
        "found 'full'; allowed: 'none', 'levy_fill', 'per_retiree' or 'adjustment_fund'",
    ),
    "unknown partition": (
        ARRANGEMENTS, 'partition = "province"', 'partition = "provinces"',
        "example/pooling/arrangements.toml, line 32, key arrangement.provincial.partition: "
        "found the unknown partition 'provinces'; "
        "allowed: municipality, province, nation, a CSV file of the set; did you mean 'province'?",
    ),
    "unknown policy": (
        ARRANGEMENTS, 'policy = "province"', 'policy = "provincial"',
        "example/pooling/arrangements.toml, line 24, key arrangement.municipal.policy: "
        "found the unknown benefit policy 'provincial'; allowed: province, nation; "
        "did you mean 'province'?",
    ),
    "fund of an arrangement": (
        ARRANGEMENTS, 'schemes = "all"', 'schemes = ["employee_pension"]',
        "example/pooling/arrangements.toml, line 25, key arrangement.municipal.schemes: "
        "found the unknown fund 'employee_pension'; allowed: employee_pension_fund; "
        "did you mean 'employee_pension_fund'?",
    ),
    "levy in percent": (
        ARRANGEMENTS, 'levy = "auto"', "levy = 24",
        "example/pooling/arrangements.toml, line 58, key arrangement.current.levy: found 24; "
        "allowed: 'auto' or a number up to 1; looks like percent",
    ),
    "unknown source": (
        "population/tables.toml", 'source = "census_2020"', 'source = "census_2021"',
        "example/population/tables.toml, line 3, key census.source: "
        "found the unknown source 'census_2021'; allowed: a key of sources.toml (7 entries); "
        "did you mean 'census_2020'?",
    ),
    "table without source": (
        "population/tables.toml", 'source = "census_2020"\n', "",
        "example/population/tables.toml, line 1, key census.source: found nothing; "
        "allowed: the key 'source'",
    ),
    "unknown unit": (
        "population/tables.toml", 'persons = "persons"', 'persons = "10K persons"',
        "example/population/tables.toml, line 7, key census.units.persons: "
        f"found the unknown unit '10K persons'; allowed: {UNITS_OF_PEOPLE}; "
        "did you mean '10k persons'?",
    ),
    "no unit": (
        "population/tables.toml", 'persons = "persons"\n', "",
        "example/population/tables.toml, line 6, key census.units.persons: found no unit; "
        f"allowed: {UNITS_OF_PEOPLE}",
    ),
    "text for a table": (
        FUND, "[range.dormant_share]\nlow = 0.05\nhigh = 0.15\n", '[range]\ndormant_share = "5-15 %"\n',
        f"example/{FUND}, line <5-15 %>, key range.dormant_share: found '5-15 %'; allowed: a table",
    ),
    "module of a law": (
        LAW, 'module = "employee_pension"', 'module = "pension_act"',
        f"example/{LAW}, line 1, key module: found the unknown module 'pension_act'; "
        f"allowed: {listed(LAWS)}",
    ),
    "share of a group that is no number": (
        FUND, "men = 0.5", 'men = "half"',
        f"example/{FUND}, line <half>, key awards.men: found 'half'; allowed: a number",
    ),
    "shares of past new pensioners": (
        FUND, "men = 0.5", "men = 0.4",
        f"example/{FUND}, line <[awards]>, key awards: found shares of groups that sum to 0.9; "
        "allowed: shares that sum to 1",
    ),
    "tiers of flexible workers": (
        FUND, "share = 1.0, density", "share = 0.9, density",
        f"example/{FUND}, line <flexible_tiers>, key members.flexible_tiers: found shares that sum to 0.9; "
        "allowed: shares that sum to 1",
    ),
    "entry ages upside down": (
        FUND, "entry_age_last = 30", "entry_age_last = 16",
        f"example/{FUND}, line <entry_age_last>, key members.entry_age_last: found 16; "
        "allowed: at least entry_age_first = 18",
    ),
    "horizon that starts late": (
        "set.toml", "horizon_first = 2025", "horizon_first = 2026",
        "example/set.toml, line 7, key horizon_first: found 2026; "
        "allowed: 2025, the year after the valuation date",
    ),
    "horizon that ends early": (
        "set.toml", "horizon_last = 2100", "horizon_last = 2020",
        "example/set.toml, line 8, key horizon_last: found 2020; allowed: a year from 2025 on",
    ),
    "arrangement twice": (
        RUN, '"national", ', '"municipal", ',
        "runs/example.toml, line 4, key arrangements: found 'municipal' twice; "
        "allowed: each name once",
    ),
    "fund twice": (
        RUN, "overlays = []", 'funds = ["employee_pension_fund", "employee_pension_fund"]',
        "runs/example.toml, line <funds = >, key funds: found 'employee_pension_fund' twice; "
        "allowed: each name once",
    ),
    "overlays that are no list": (
        RUN, "overlays = []", 'overlays = "overlays/volatile.toml"',
        "runs/example.toml, line 3, key overlays: found 'overlays/volatile.toml'; allowed: a list",
    ),
    "currency of another country": (
        "economy/tables.toml", '"currency/month"', '"yuan/month"',
        "example/economy/tables.toml, line 7, key average_wage.units.average_wage: "
        "found the unknown unit 'yuan/month'; "
        "allowed: currency/year, currency/month, currency/person; did you mean 'currency/month'?",
    ),
}  # fmt: skip

CSV = {
    "unknown region": (
        "population/census.csv", "100100,2020,male,0-4", "100101,2020,male,0-4",
        "row 2, column municipality: found '100101'; allowed: a code of municipalities.csv; "
        "did you mean '100100'?",
    ),
    "unknown province of a municipality": (
        "municipalities.csv", "100100,100000", "100100,100001",
        "row 2, column province: found '100001'; allowed: a code of provinces.csv; "
        "did you mean '100000'?",
    ),
    "municipality twice": (
        "municipalities.csv", "100200,100000", "100100,100000",
        "row 3, column municipality: found 100100, as in row 2; allowed: each code once",
    ),
    "region missing in a table": (
        "population/registration.csv", "100100,2020,120000,90000,160000\n", "",
        "found no row for municipality 100100; allowed: a row for every combination of the keys",
    ),
    "row missing": (
        "demography/life_expectancy.csv", "2020,male,73.16\n", "",
        "found no row for year 2020, sex male; allowed: a row for every combination of the keys",
    ),
    "row twice": (
        "pooling/tiers.csv", "100000,0.1\n", "100000,0.1\n100000,0.1\n",
        "row 3: found the same keys as row 2 (province 100000); "
        "allowed: each combination of keys once",
    ),
    "year missing": (
        "population/national.csv", "2022,8975,86,101\n", "",
        "column year: found no year 2022; allowed: no gap and no overlap",
    ),
    "year outside": (
        "population/registration.csv", "100100,2020", "100100,20200",
        "row 2, column year: found '20200'; allowed: a year from 1900 to 2200",
    ),
    "sex": (
        "population/census.csv", "100100,2020,male,0-4", "100100,2020,Male,0-4",
        "row 2, column sex: found 'Male'; allowed: male, female; did you mean 'male'?",
    ),
    "age group": (
        "population/census.csv", "male,0-4", "male,0 - 4",
        "row 2, column age_group: found '0 - 4'; "
        "allowed: an age group such as 0, 1-4, 5-9 or 85+, within 0 to 100+; did you mean '0-4'?",
    ),
    "age groups that overlap": (
        "population/census.csv", "male,0-4", "male,0-5",
        "column age_group: found age 0 in two groups, age 1 in two groups, age 2 in two groups, "
        "age 3 in two groups, age 4 in two groups, … (6 in all); "
        "allowed: every age from 0 to 100+ once",
    ),
    "age": (
        "economy/wage_age.csv", "male,40,", "male,400,",
        "row 26, column age: found '400'; allowed: an age from 0 to 100",
    ),
    "NaN": (
        "population/registration.csv", "100100,2020,120000", "100100,2020,NaN",
        "row 2, column elsewhere_same_county: found 'NaN'; "
        "allowed: a number of 0 or more (persons); every cell of the column has a number",
    ),
    "blank cell": (
        "population/registration.csv", "100100,2020,120000", "100100,2020,",
        "row 2, column elsewhere_same_county: found an empty cell; "
        "allowed: a number of 0 or more (persons)",
    ),
    "infinity": (
        "population/registration.csv", "100100,2020,120000", "100100,2020,1e999",
        "row 2, column elsewhere_same_county: found '1e999'; "
        "allowed: a number from 0 to 1e+11 (persons)",
    ),
    "underscores": (
        "population/registration.csv", "100100,2020,120000", "100100,2020,120_000",
        "row 2, column elsewhere_same_county: found '120_000'; "
        "allowed: a number of 0 or more (persons)",
    ),
    "thousands separator": (
        "population/registration.csv", "100100,2020,120000", '100100,2020,"120,000"',
        "row 2, column elsewhere_same_county: found '120,000'; "
        "allowed: a number of 0 or more (persons); no thousands separators",
    ),
    "negative heads": (
        "population/registration.csv", "100100,2020,120000", "100100,2020,-120000",
        "row 2, column elsewhere_same_county: found '-120000'; "
        "allowed: a number of 0 or more (persons)",
    ),
    "percent": (
        "pooling/tiers.csv", "100000,0.1", "100000,10",
        "row 2, column central_share: found '10'; allowed: a number from 0 to 1 (fraction); "
        "looks like percent, the unit says fraction",
    ),
    "ragged row": (
        "pooling/tiers.csv", "100000,0.1", "100000,0.1,",
        "row 2: found 3 cells; allowed: 2 cells",
    ),
    "line in the middle empty": (
        "pooling/tiers.csv", "100000,0.1\n", "100000,0.1\n\n",
        "row 3: found an empty line; allowed: 2 cells",
    ),
    "broken quotes": (
        "pooling/tiers.csv", "100000,0.1", '100000,"0.1',
        "found broken quoting (unexpected end of data); allowed: comma-separated values",
    ),
    "wage used in the wrong year": (
        "economy/average_wage.csv", "100000,2020,2021", "100000,2020,2022",
        "row 2: found province 100000, earned_year 2020, used_year 2022; "
        "allowed: used_year = earned_year + 1",
    ),
    "migrants within a province": (
        "migration/stock.csv", "100000,200000", "100000,100000",
        "row 2: found origin 100000, residence 100000; allowed: two different provinces",
    ),
    "profile that does not sum to 1": (
        "migration/age_profile.csv", "20-24,male,0.22", "20-24,male,0.2",
        "column share, sex male: found a sum of 0.98; allowed: 1 (100 percent), within 0.001",
    ),
    "fertility that does not sum to 100": (
        "demography/fertility_pattern.csv", "2020,25-29,34", "2020,25-29,30",
        "column share, year 2020: found a sum of 0.96; allowed: 1 (100 percent), within 0.005",
    ),
    "relative wage that is not relative": (
        "economy/wage_age.csv", "female,40,1.113,1,", "female,40,1.113,2,",
        "column index_flat, sex female: found a mean of 1.0250 over ages 20 to 59; "
        "allowed: 1, within 0.01",
    ),
    "no accounts in the valuation year": (
        "schemes/accounts.csv", "200000,2024,1050,400,140.28", "200000,2024,1050,400,",
        "column revenue: found nothing for 2024 in province 200000; "
        "allowed: a value of the valuation year for every province",
    ),
    "longitude": (
        "municipalities.csv", "2.0,6.0", "200.0,6.0",
        "row 2, column longitude: found '200.0'; allowed: a number from -180 to 180 (degrees)",
    ),
    "code with a leading zero": (
        "provinces.csv", "100000,", "0100000,",
        "row 2, column province: found '0100000'; allowed: a positive code",
    ),
    "pool without a code": (
        "pooling/regions.csv", "100100,1,", "100100,0,",
        "row 2, column pool: found '0'; allowed: a positive code",
    ),
    "decimal comma": (
        "population/registration.csv", "100100,2020,120000", '100100,2020,"120,5"',
        "row 2, column elsewhere_same_county: found '120,5'; "
        "allowed: a number of 0 or more (persons); the decimal sign is a point",
    ),
    "space before a number": (
        "population/registration.csv", "100100,2020,120000", "100100,2020, 120000",
        "row 2, column elsewhere_same_county: found ' 120000'; "
        "allowed: a number of 0 or more (persons); no spaces around a number",
    ),
    "period": (
        "migration/flow.csv", "2010-2015", "2015-2010",
        "row 2, column period: found '2015-2010'; allowed: a period such as 2010-2015",
    ),
    "variant": (
        "economy/central_path.csv", "central,2025", "cent ral,2025",
        "row 2, column variant: found 'cent ral'; allowed: a name of letters and digits",
    ),
    "partition that forgets a municipality": (
        "pooling/regions.csv", "100100,1,West,西部\n", "",
        "found no row for 100100; allowed: a row for every municipality",
    ),
    "partition with two names of a pool": (
        "pooling/regions.csv", "100200,1,West", "100200,1,Wets",
        "row 3, column name: found 'Wets'; allowed: one name a pool: 'West'",
    ),
}  # fmt: skip


# One mistake, several messages: each names what no longer fits.
SEVERAL = {
    "misspelt rule": (
        LAW, "rules.acc", "rules.ac", 5,
        [
            f"example/{LAW}, key rules: found nothing; allowed: the rule 'account_rate'",
            f"example/{LAW}, key rules: found nothing; allowed: the rule 'accrual'",
            f"example/{LAW}, line 28, key rules.acount_rate: found the unknown rule 'acount_rate'; "
            f"allowed: {listed(LAWS['employee_pension'], 20)}; did you mean 'account_rate'?",
            f"example/{LAW}, line 96, key rules.acrual: found the unknown rule 'acrual'; "
            f"allowed: {listed(LAWS['employee_pension'], 20)}; did you mean 'accrual'?",
        ],
    ),
    "misspelt parameter": (
        "economy/economy.toml", "[wages.national.sigma]", "[wages.national.sigm]", 1,
        [
            "example/economy/economy.toml: found no such parameter; "
            "allowed: the parameter 'wages.national.sigma'",
            "example/economy/economy.toml, line 9, key wages.national.sigm: found the unknown "
            "parameter 'wages.national.sigm'; allowed: the parameters of the model; "
            "did you mean 'wages.national.sigma'?",
        ],
    ),
    "misspelt group": (
        FUND, "women_worker = 0.7", "women_workers = 0.7", 1,
        [
            f"example/{FUND}, line <[groups]>, key groups: found no share of 'women_worker'; "
            "allowed: men, women_cadre, women_worker",
            f"example/{FUND}, line <[groups]>, key groups: found shares of female groups that sum to 0.3; "
            "allowed: shares that sum to 1",
            f"example/{FUND}, line <women_workers>, key groups.women_workers: found the unknown group "
            "'women_workers'; allowed: men, women_cadre, women_worker; "
            "did you mean 'women_worker'?",
        ],
    ),
    "no fund takes the rest": (
        FUND, "residual = true", "residual = false", 1,
        [
            f"example/{FUND}, line <residual>, key split.residual: found no [revenue] table; "
            "allowed: [revenue] in the funds with residual = false, and in no other",
            f"example/{FUND}, line <residual>, key split.residual: found residual funds: none; "
            "allowed: one residual fund a scheme",
        ],
    ),
    "no group of men": (
        LAW, 'sex = "male"', 'sex = "female"', 1,
        [
            f"example/{LAW}, key retirement_groups: found no group of sex 'male'; "
            "allowed: one of each sex",
            f"example/{FUND}, line <[groups]>, key groups: found shares of female groups that sum to 2; "
            "allowed: shares that sum to 1",
            f"example/{FUND}, line <[groups]>, key groups: found shares of male groups that sum to 0; "
            "allowed: shares that sum to 1",
        ],
    ),
    "arrangement declared twice": (
        ARRANGEMENTS, 'key = "provincial"', 'key = "municipal"', 1,
        [
            "example/pooling/arrangements.toml, line 29, key arrangement.municipal.key: "
            "found 'municipal' again; allowed: each key once",
            "runs/example.toml, line 4, key arrangements: found the unknown arrangement "
            "'provincial'; allowed: municipal, national, current, regional, provincial_adjustment, "
            "central_adjustment, stepwise, payable, less_effort, local_reserves; did you mean 'provincial_adjustment'?",
        ],
    ),
    "unit of a column that does not exist": (
        "population/tables.toml", 'persons = "persons"', 'people = "persons"', 1,
        [
            "example/population/tables.toml, line 6, key census.units.persons: found no unit; "
            f"allowed: {UNITS_OF_PEOPLE}",
            "example/population/tables.toml, line 7, key census.units.people: "
            "found the unknown column 'people'; allowed: persons",
        ],
    ),
    "column twice": (
        "pooling/tiers.csv", "province,central_share", "province,province", 1,
        [
            "example/pooling/tiers.csv, row 1: found no column 'central_share'; "
            "allowed: each column once",
            "example/pooling/tiers.csv, row 1: found twice the column 'province'; "
            "allowed: each column once",
        ],
    ),
}  # fmt: skip


# Years that a table lacks: file, what its rows hold for which to be left out, the message.
YEARS = {
    "opening accounts": (
        "schemes/accounts.csv", ",2024,",
        "schemes/accounts.csv, column year: found no year 2024; allowed: the year 2024",
    ),
    "published population": (
        "population/national.csv", "2024,",
        "population/national.csv, column year: found no year 2024; allowed: the year 2024",
    ),
    "wage of the first year": (
        "economy/average_wage.csv", ",2025,",
        "economy/average_wage.csv, column used_year: found no year 2025; allowed: the year 2025",
    ),
    "life expectancy since the census": (
        "demography/life_expectancy.csv", "2020,",
        "demography/life_expectancy.csv, column year: found years from 2021 on; "
        "allowed: years from the census of 2020 on",
    ),
    "migrants of the first year": (
        "demography/international_migration.csv", "2025,",
        "demography/international_migration.csv, column year: found years from 2026 on; "
        "allowed: years from 2025 on, the set's horizon_first",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SEVERAL)
def test_mistake_with_several_messages(copy: SetCopy, case: str) -> None:
    file, old, new, count, expected = SEVERAL[case]
    text = copy.path(file).read_text(encoding="utf-8")
    # A rule is named in its header and in each of its values.
    text = text.replace(old, new) if count > 1 else text.replace(old, new, 1)
    copy.path(file).write_text(text, encoding="utf-8")
    assert messages(copy) == [lines_told(each, copy) for each in expected]


@pytest.mark.parametrize("case", YEARS)
def test_years_that_a_table_lacks(copy: SetCopy, case: str) -> None:
    file, key, expected = YEARS[case]
    lines = copy.path(file).read_text().splitlines(keepends=True)
    copy.path(file).write_text("".join(line for line in lines if key not in line))
    assert messages(copy) == [f"example/{expected}"]


def test_census_after_the_valuation(copy: SetCopy) -> None:
    write(copy, "population/census.csv", lambda content: content.replace(b",2020,", b",2030,"))
    expected = (
        "example/population/census.csv, column year: found no year up to 2024; "
        "allowed: one at least"
    )
    assert messages(copy) == [expected]


def test_opening_ages_without_their_table(copy: SetCopy) -> None:
    file = "demography/population_midyear.csv"
    lines = copy.path(file).read_text().splitlines(keepends=True)
    copy.path(file).write_text("".join(each for each in lines if each[:4] not in ("2025", "2026")))
    copy.replace(RUN, 'opening_ages = "census"', 'opening_ages = "un"')
    expected = (
        "runs/example.toml, line <opening_ages>, key options.opening_ages: found 'un'; "
        "allowed: 'census', as demography/population_midyear lacks 2025"
    )
    assert messages(copy) == [lines_told(expected, copy)]


def test_law_under_another_name(copy: SetCopy) -> None:
    copy.path(LAW).rename(copy.path("schemes/pension_act.toml"))
    assert messages(copy) == [
        f"example/{FUND}, line 1, key module: found the unknown law 'employee_pension'; "
        "allowed: enrolment, pension_act",
        "example/schemes/pension_act.toml, line 1, key module: found 'employee_pension'; "
        "allowed: the file's name as module",
    ]


def test_set_without_funds(copy: SetCopy) -> None:
    copy.path(FUND).unlink()
    expected = "example/schemes: found no fund; allowed: at least one schemes/<fund>.toml"
    assert messages(copy) == [expected]


def test_change_to_a_response_that_is_not_declared(copy: SetCopy) -> None:
    """The names are fixed, the presets are the set's."""
    file = copy.path(ARRANGEMENTS)
    text = file.read_text("utf-8").replace("from = 2028\n", 'from = 2028\nresponse = "low"\n')
    low, high = "[collection_response.low]", "[collection_response.high]"
    file.write_text(text[: text.index(low)] + text[text.index(high) :], "utf-8")
    expected = (
        'example/pooling/arrangements.toml, line <response = "low">, key arrangement.stepwise.change.…response: '
        "found the unknown preset 'low'; allowed: high"
    )
    (found,) = messages(copy)
    assert fits(found, lines_told(expected, copy)), found


def test_two_funds_with_one_code(copy: SetCopy) -> None:
    copy.path("schemes/other.toml").write_bytes(copy.path(FUND).read_bytes())
    code = f"example/{FUND}, line <code>, key code: found 1; allowed: a code that no other fund has"
    split = (
        f"example/{FUND}, line <expenditure>, key split.expenditure: found 1 "
        "(employee_pension_fund) + 1 (other) = 2; "
        "allowed: shares that sum to 1 over the funds of the scheme"
    )
    told = {lines_told(code, copy), lines_told(split, copy)}
    assert told <= set(messages(copy))


@pytest.mark.parametrize(
    "file",
    ["sources.toml", "provinces.csv", "economy/economy.toml", "population/tables.toml"],
)
def test_file_of_the_set_that_is_missing(copy: SetCopy, file: str) -> None:
    copy.path(file).unlink()
    expected = (
        f"example/{file}: found no file '{file}'; "
        "allowed: a regular file inside the folder of the set"
    )
    assert messages(copy) == [expected]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        (ARRANGEMENTS, "arrangement = 3\nbenefit_policy = [1]\n"),
        (FUND, "module = 3\nsplit = 4\n"),
        (LAW, "module = 3\nrules = 4\n"),
        ("economy/economy.toml", "wages = 3\nmigration = [1]\n"),
        ("pooling/tables.toml", "tiers = 3\n"),
        ("sources.toml", "census_2020 = 3\n"),
        ("set.toml", "valuation_date = 3\n"),
        (RUN, 'assumptions = "../example"\nprojection = 3\noverlays = [3]\n'),
    ],
)
def test_content_of_another_shape(copy: SetCopy, file: str, content: str) -> None:
    """Whatever a file holds, the result is a list of problems, with overrides that reach into it as well."""
    copy.path(file).write_text(content)
    assert messages(copy)
    assert messages(
        copy,
        schemes__employee_pension__rules__accrual=0.02,
        schemes__employee_pension_fund__split__active=0.5,
        pooling__arrangement__current__levy=0.2,
        economy__wages__national__ar=0.1,
        projection__paths=3,
    )


@pytest.mark.parametrize("case", TOML)
def test_mistake_in_toml(copy: SetCopy, case: str) -> None:
    file, old, new, expected = TOML[case]
    copy.replace(file, old, new)
    (message,) = messages(copy)
    assert fits(message, lines_told(expected, copy)), message


@pytest.mark.parametrize("case", CSV)
def test_mistake_in_csv(copy: SetCopy, case: str) -> None:
    file, old, new, expected = CSV[case]
    copy.replace(file, old, new)
    place = f"example/{file}, " if not expected.startswith("found") else f"example/{file}: "
    assert messages(copy) == [place + expected]


def write(copy: SetCopy, file: str, change: Callable[[bytes], bytes]) -> None:
    copy.path(file).write_bytes(change(copy.path(file).read_bytes()))


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("gb18030", "GBK or GB18030 text, it seems; allowed: UTF-8 text; save the file as UTF-8"),
        ("utf-16", "UTF-16 text; allowed: UTF-8 text; save the file as UTF-8"),
        ("utf-16-le", "zero bytes (UTF-16 or binary); allowed: UTF-8 text"),
    ],
)
def test_other_encodings(copy: SetCopy, encoding: str, found: str) -> None:
    write(copy, "provinces.csv", lambda content: content.decode().encode(encoding))
    place = ", line 2" if encoding == "gb18030" else ""
    assert messages(copy) == [f"example/provinces.csv{place}: found {found}"]


def test_bytes_of_no_encoding(copy: SetCopy) -> None:
    write(copy, "set.toml", lambda content: content + b'# \xff"\n')
    line = len(copy.path("set.toml").read_bytes().splitlines())
    expected = (
        f"example/set.toml, line {line}: found bytes that are not UTF-8; allowed: UTF-8 text; "
        "save the file as UTF-8"
    )
    assert messages(copy) == [expected]


def test_utf8_mark_and_windows_lines_are_fine(copy: SetCopy) -> None:
    for file in ("provinces.csv", "set.toml", "population/census.csv"):
        write(copy, file, lambda content: b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n"))
    assert copy.load().assumptions.provinces.name == ("Firstland", "Secondland", "Thirdland")


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators(copy: SetCopy, separator: str) -> None:
    write(copy, "pooling/tiers.csv", lambda content: content.replace(b",", separator.encode()))
    expected = (
        f"example/pooling/tiers.csv, row 1: found columns separated by {separator!r}; "
        "allowed: columns separated by ','"
    )
    assert messages(copy) == [expected]


def test_misspelt_column(copy: SetCopy) -> None:
    copy.replace("pooling/tiers.csv", "central_share", "centre_share")
    assert messages(copy) == [
        "example/pooling/tiers.csv, row 1: found no column 'central_share'; allowed: each column once",
        "example/pooling/tiers.csv, row 1: found the unknown column 'centre_share'; "
        "allowed: province, central_share; did you mean 'central_share'?",
    ]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file; allowed: a header and rows: province,central_share"),
        (b"province,central_share\n", "a header without rows; allowed: at least one row"),
    ],
)
def test_file_without_rows(copy: SetCopy, content: bytes, found: str) -> None:
    copy.path("pooling/tiers.csv").write_bytes(content)
    assert messages(copy) == [f"example/pooling/tiers.csv: found {found}"]


def test_province_without_a_municipality(copy: SetCopy) -> None:
    copy.replace("provinces.csv", "300000,", "400000,Emptyland,丁州\n300000,")
    expected = (
        "example/municipalities.csv: found no municipality of province 400000; "
        "allowed: at least one municipality a province"
    )
    assert messages(copy) == [expected]


def test_table_that_is_not_listed(copy: SetCopy) -> None:
    copy.path("economy/wages.csv").write_text("year,wage\n2024,1\n")
    (message,) = messages(copy)
    assert message.startswith(
        "example/economy/wages.csv: found a table without an entry in tables.toml; "
        "allowed: the tables of economy/tables.toml: average_wage"
    )


def test_entry_without_a_file(copy: SetCopy) -> None:
    copy.path("pooling/tiers.csv").unlink()
    expected = (
        "example/pooling/tables.toml, line 1, key tiers: "
        "found an entry without the file pooling/tiers.csv; allowed: a file for every entry"
    )
    assert messages(copy) == [expected]


def test_table_that_the_model_does_not_know(copy: SetCopy) -> None:
    copy.path("economy/price.csv").write_text("year,inflation\n2024,1\n")
    entry = '\n[price]\ndescription = "x"\nsource = "authors"\ngrade = "D"\n'
    write(copy, "economy/tables.toml", lambda content: content + entry.encode())
    (message,) = messages(copy)
    assert "found the unknown table 'economy/price'" in message
    assert message.endswith("did you mean 'economy/prices'?")


def test_required_table(copy: SetCopy) -> None:
    copy.path("pooling/tiers.csv").unlink()
    copy.replace(
        "pooling/tables.toml",
        copy.path("pooling/tables.toml").read_text().partition("[regions]")[0],
        "",
    )
    expected = "example/pooling/tiers.csv: found no such table; allowed: every required table"
    assert messages(copy) == [expected]


@pytest.mark.parametrize("file", ["prices.csv", "economy/wages.xlsx", "economy/notes.toml"])
def test_file_that_nothing_reads(copy: SetCopy, file: str) -> None:
    copy.path(file).write_text("")
    (message,) = messages(copy)
    assert message.startswith(f"example/{file}: found a file that no set reads; allowed: CSV files")


def test_notes_and_hidden_files_are_fine(copy: SetCopy) -> None:
    copy.path("README.md").write_text("A note")
    copy.path(".hidden.csv").write_text("")
    assert copy.load().title


def test_overlay_with_an_unknown_path(copy: SetCopy) -> None:
    copy.replace("overlays/wages_flat.toml", "options.central_path", "options.centralpath")
    (message,) = messages(copy, overlays=["overlays/wages_flat.toml"])
    assert fits(
        message,
        "example/overlays/wages_flat.toml, line 7, key set.options.centralpath: "
        "found the unknown path 'options.centralpath'; allowed: central_path, …; "
        "did you mean 'central_path'?",
    )


def test_overlay_that_changes_nothing(copy: SetCopy) -> None:
    copy.replace("overlays/wages_flat.toml", '"flat"', '"central"')
    assert messages(copy, overlays=["overlays/wages_flat.toml"]) == [
        "example/overlays/wages_flat.toml: found an overlay that changes nothing: "
        "every value stands already; allowed: values that differ from the set's and the run's"
    ]


def test_value_of_an_overlay_out_of_range(copy: SetCopy) -> None:
    copy.replace("overlays/volatile.toml", "0.03", "30")
    assert messages(copy, overlays=["overlays/volatile.toml"]) == [
        "example/economy/economy.toml, key wages.national.sigma.value "
        "(set by example/overlays/volatile.toml): found 30; allowed: 0 to 1 (index)"
    ]


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("optoins.interest", "options"),
        ("options.intrest", "interest"),
        ("economy.wages.national.sigmas", "sigma"),
        ("schemes.employee_pension_funds.split.expenditure", "employee_pension_fund"),
        ("schemes.employee_pension_fund.split.expenditures", "expenditure"),
        ("schemes.employee_pension.rules.employers_rate", "employer_rate"),
        ("pooling.arrangement.curent.levy", "current"),
        ("pooling.arrangement.current.levi", "levy"),
        ("pooling.arrangements.current.levy", "arrangement"),
        ("schemes.employee_pension.rule.accrual", "rules"),
    ],
)
def test_override_with_an_unknown_path(copy: SetCopy, path: str, nearest: str) -> None:
    (message,) = messages(copy, **{path: 1})
    assert message.startswith(
        f"runs/example.toml, --set {path}: found the unknown path {path!r}; allowed: "
    )
    assert message.endswith(f"did you mean {nearest!r}?")


def test_override_that_stops_half_way(copy: SetCopy) -> None:
    assert messages(copy, economy__wages=1) == [
        "runs/example.toml, --set economy.wages: found the unknown path 'economy.wages'; "
        "allowed: municipality, national, province"
    ]


def test_override_out_of_range(copy: SetCopy) -> None:
    assert messages(copy, options__interest="high") == [
        "runs/example.toml, key options.interest (set by the command line): found 'high'; "
        "allowed: a number"
    ]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/etc/hostname", "the absolute path '/etc/hostname'"),
        ("../runs/example.toml", "the path '../runs/example.toml', which leaves the folder"),
        ("overlays/../../x.toml", "the path 'overlays/../../x.toml', which leaves the folder"),
        ("C:/x.toml", "the absolute path 'C:/x.toml'"),
        ("overlays", "'overlays', not a regular file"),
        ("overlays/none.toml", "no file 'overlays/none.toml'"),
    ],
)
def test_overlay_outside_the_set(copy: SetCopy, path: str, found: str) -> None:
    (message,) = messages(copy, overlays=[path])
    assert message.startswith(
        "runs/example.toml, line 3, key overlays: "
        f"found {found}; allowed: an overlay of the set"
    )  # fmt: skip


def test_partition_outside_the_set(copy: SetCopy) -> None:
    copy.replace(ARRANGEMENTS, "pooling/regions.csv", "../../regions.csv")
    assert (
        "example/pooling/arrangements.toml, line 70, key arrangement.regional.partition: found "
        "the path '../../regions.csv', which leaves the folder; allowed: a CSV file of the set"
    ) in messages(copy)


def test_link_that_leaves_the_set(copy: SetCopy) -> None:
    elsewhere = copy.folder / "elsewhere.csv"
    copy.path("pooling/tiers.csv").rename(elsewhere)
    copy.path("pooling/tiers.csv").symlink_to(elsewhere)
    assert messages(copy) == [
        "example/pooling/tiers.csv: found 'pooling/tiers.csv', a link that leaves the folder; "
        "allowed: a regular file inside the folder of the set"
    ]


def test_link_inside_the_set_is_fine(copy: SetCopy) -> None:
    copy.path("pooling/tiers.csv").rename(copy.path("pooling/tiers.data"))
    copy.path("pooling/tiers.csv").symlink_to("tiers.data")
    assert "pooling/tiers.csv" in copy.load().assumptions.digests


def test_pipe_is_not_waited_for(copy: SetCopy) -> None:
    copy.path("pooling/tiers.csv").unlink()
    os.mkfifo(copy.path("pooling/tiers.csv"))
    assert messages(copy) == [
        "example/pooling/tiers.csv: found 'pooling/tiers.csv', not a regular file; "
        "allowed: a regular file inside the folder of the set"
    ]


def test_brackets_without_end(copy: SetCopy) -> None:
    copy.path("overlays/volatile.toml").write_text("a = " + "[" * 100_000)
    (message,) = messages(copy, overlays=["overlays/volatile.toml"])
    assert message.startswith("example/overlays/volatile.toml")


def test_run_that_does_not_exist(copy: SetCopy) -> None:
    with pytest.raises(InputErrors) as caught:
        load_config(copy.folder / "runs" / "exampel.toml")
    assert str(caught.value.problems[0]).endswith(
        "runs/exampel.toml: found no such file; allowed: a run's TOML file: example.toml; "
        "did you mean 'example.toml'?"
    )


def test_all_problems_at_once_in_order(copy: SetCopy) -> None:
    """Mistakes of every stage are told together: run, set, law, fund, table, sums."""
    copy.replace(RUN, "paths = 20", "paths = -1")
    copy.replace("set.toml", 'basis = "illustrative"', 'basis = "guess"')
    copy.replace(LAW, "value = 0.16", "value = 16")
    copy.replace(FUND, "dormant_share = 0.1", "dormant_share = 10")
    copy.replace("municipalities.csv", "First City", "")
    copy.replace("economy/wage_age.csv", "male,40,", "male,400,")
    found = [message.partition(":")[0].split(", ") for message in messages(copy)]
    assert [(place[0], place[-1]) for place in found] == [
        ("example/economy/wage_age.csv", "column age"),
        ("example/municipalities.csv", "column name"),
        (f"example/{LAW}", "key rules.employer_rate.values.1.value"),
        (f"example/{FUND}", "key members.dormant_share"),
        ("example/set.toml", "key basis"),
        ("runs/example.toml", "key projection.paths"),
    ]


def test_long_lists_are_cut_and_counted(copy: SetCopy) -> None:
    write(copy, "population/census.csv", lambda content: content.replace(b"male,", b"mal,"))
    with pytest.raises(InputErrors) as caught:
        copy.load()
    lines = str(caught.value).splitlines()
    rows = 324
    assert lines[0] == f"{rows} problems in the inputs"
    assert len(lines) == SHOWN + 2
    assert lines[-1] == f"  … and {rows - SHOWN} more"
    assert [problem.line for problem in caught.value.problems] == list(range(2, rows + 2))


def test_messages_are_the_same_in_the_c_locale(copy: SetCopy) -> None:
    """Files are read as UTF-8 whatever the locale says."""
    copy.replace("provinces.csv", "甲州", "甲州,乙")
    code = (
        "import sys\n"
        "from pooling.assumptions import load_config\n"
        "from pooling.errors import InputErrors\n"
        "try: load_config(sys.argv[1])\n"
        "except InputErrors as error: sys.stdout.buffer.write(str(error).encode('utf-8'))\n"
    )
    texts = []
    for locale in ("C", "C.UTF-8"):
        env = {**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        done = subprocess.run(
            [sys.executable, "-c", code, str(copy.run)], env=env, capture_output=True, check=True
        )
        texts.append(done.stdout.decode())
    assert texts[0] == texts[1]
    assert "row 2: found 4 cells" in texts[0]


@pytest.mark.parametrize(
    "rule", ["floor_multiple", "cap_multiple", "limit_wage_municipal", "limit_wage_national"]
)
def test_a_missing_rule_of_the_bases_is_one_mistake(copy: SetCopy, rule: str) -> None:
    law = copy.path(LAW)
    blocks = law.read_text(encoding="utf-8").split("\n[rules.")
    kept = [block for block in blocks if not block.startswith(f"{rule}]")]
    assert len(kept) == len(blocks) - 1
    law.write_text("\n[rules.".join(kept), encoding="utf-8")
    assert messages(copy) == [
        f"example/{LAW}, key rules: found nothing; allowed: the rule '{rule}'"
    ]


def test_a_fund_whose_file_is_wrong_is_no_unknown_fund(tmp_path: Path):
    copy = SetCopy(tmp_path)
    copy.replace(FUND, "other_share = 0.01", "other_share = 1.5")
    found = messages(copy, funds=["employee_pension_fund"])
    assert len(found) == 1 and "key outgo.other_share: found 1.5" in found[0]
