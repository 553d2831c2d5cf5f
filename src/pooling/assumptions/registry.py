"""Names that the model knows: the rules of each scheme's law, and the parameters of the economy, with their ranges."""

from collections.abc import Mapping
from types import MappingProxyType

from pooling.assumptions.tables import Column

RATE = Column("share", high=1.0)
MULTIPLE = Column("index", high=20.0)
YEARLY_CHANGE = Column("share", low=-0.5, high=0.5)
BENEFIT_MONTHS = Column("months", high=24.0)
"""Unemployment benefit reaches no further than the second year after the lay-off."""
GRANT_MONTHS = Column("months", high=120.0)
"""Grants on death in months of disposable income."""
BANDS = ("lowest", "low", "standard", "high", "highest")
"""Floating bands of work injury premiums; risk class 1 has the last three."""
AMOUNT = Column("wage")
"""Currency a person and year."""

LAWS: Mapping[str, Mapping[str, Column]] = MappingProxyType(
    {
        "employee_pension": MappingProxyType(
            {
                "employer_rate": RATE,
                "employee_rate": RATE,
                "account_rate": RATE,
                "flexible_pooled_rate": RATE,
                "flexible_account_rate": RATE,
                "floor_multiple": MULTIPLE,
                "cap_multiple": MULTIPLE,
                "limit_wage_municipal": RATE,
                "limit_wage_national": RATE,
                "accrual": Column("share", high=0.1),
                "minimum_years": Column("years", high=60.0),
                "flexible_months": Column("months", high=120.0),
                "notional_rate": YEARLY_CHANGE,
                "indexation": YEARLY_CHANGE,
                "transfer_pooled_rate": RATE,
                "carried_years": RATE,
                "funeral_months": GRANT_MONTHS,
                "survivors_months_low": GRANT_MONTHS,
                "survivors_months_middle": GRANT_MONTHS,
                "survivors_months_full": GRANT_MONTHS,
                "survivors_months_most": GRANT_MONTHS,
                "survivors_months_least": GRANT_MONTHS,
                "survivors_years_low": Column("years", high=60.0),
                "survivors_years_middle": Column("years", high=60.0),
                "survivors_years_full": Column("years", high=60.0),
            }
        ),
        "unemployment_insurance": MappingProxyType(
            {
                "employer_rate": RATE,
                "employee_rate": RATE,
                "benefit_share": RATE,
                "qualifying_years": Column("years", high=60.0),
                "middle_years": Column("years", high=60.0),
                "long_years": Column("years", high=60.0),
                "duration_short": BENEFIT_MONTHS,
                "duration_middle": BENEFIT_MONTHS,
                "duration_long": BENEFIT_MONTHS,
                "refund_large": RATE,
                "refund_small": RATE,
            }
        ),
        "work_injury_insurance": MappingProxyType(
            {
                **{f"class_rate_{k}": RATE for k in range(1, 9)},
                **{f"band_{name}": MULTIPLE for name in BANDS},
                "phased_factor": RATE,
                **{f"lump_months_{k}": Column("months", high=120.0) for k in range(1, 11)},
                **{f"allowance_{k}": RATE for k in range(1, 7)},
                "spouse_rate": RATE,
                "dependant_rate": RATE,
                "funeral_months": Column("months", high=120.0),
                "death_income_multiple": Column("index", high=100.0),
            }
        ),
        "resident_basic_pension": MappingProxyType(
            {
                "minimum_base": AMOUNT,
                "lowest_premium": AMOUNT,
                "upper_tier": AMOUNT,
                "entry_subsidy_low": AMOUNT,
                "entry_subsidy_high": AMOUNT,
                "account_divisor": Column("months", low=1.0, high=600.0),
                "pension_age": Column("years", low=50.0, high=65.0),
                "entry_age": Column("years", low=15.0, high=30.0),
                "minimum_years": Column("years", high=60.0),
                "notional_rate": YEARLY_CHANGE,
            }
        ),
        "employee_medical_insurance": MappingProxyType(
            {
                "employer_rate": RATE,
                "employee_rate": RATE,
                "account_rate": RATE,
                "retired_credit_share": RATE,
                "retired_credit_level": MULTIPLE,
                "collection": MULTIPLE,
                "account_spending": MULTIPLE,
                "excess_growth": YEARLY_CHANGE,
            }
        ),
        "resident_medical_insurance": MappingProxyType(
            {
                "premium": AMOUNT,
                "subsidy": AMOUNT,
                "subsidy_level": MULTIPLE,
                "excess_growth": YEARLY_CHANGE,
            }
        ),
        "enrolment": MappingProxyType(
            {
                "flexible_access": RATE,
                "flexible_take_up": Column("index", high=5.0),
                "flexible_payment": Column("index", low=0.01, high=5.0),
                "resident_in_province": RATE,
                "resident_other_province": RATE,
            }
        ),
    }
)
"""Rules of each scheme module; a law has all of them."""

WITH_GROUPS = ("employee_pension",)
"""Modules whose law has retirement groups."""

NEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "employee_pension": (
            "schemes/accounts",
            "schemes/reference_wage",
            "schemes/transitional",
            "schemes/annuity_divisor",
        ),
        "unemployment_insurance": (
            "schemes/unemployment_national",
            "schemes/unemployment_accounts",
        ),
        "work_injury_insurance": (
            "schemes/work_injury_national",
            "schemes/work_injury_accounts",
            "schemes/platform_workers",
            "schemes/platform_start",
        ),
        "resident_basic_pension": (
            "schemes/resident_pension_accounts",
            "schemes/resident_pension_base",
        ),
        "employee_medical_insurance": (
            "schemes/employee_medical_national",
            "schemes/health_cost",
        ),
        "resident_medical_insurance": (
            "schemes/employee_medical_national",
            "schemes/resident_medical_national",
            "schemes/health_cost",
        ),
    }
)
"""Tables that a fund of a module is opened from."""

PERSISTENCE = Column("index", low=-0.999, high=0.999)
VOLATILITY = Column("index", high=1.0)
ELASTICITY = Column("index", low=-10.0, high=10.0)
RESPONSE = Column("index", low=-1.0, high=5.0)

ECONOMY: Mapping[str, Column] = MappingProxyType(
    {
        "wages.national.ar": PERSISTENCE,
        "wages.national.sigma": VOLATILITY,
        "wages.national.long_run_sigma": VOLATILITY,
        "wages.province.rho": PERSISTENCE,
        "wages.province.sigma": VOLATILITY,
        "wages.municipality.gdp_elasticity": ELASTICITY,
        "migration.national.ar": PERSISTENCE,
        "migration.national.sigma": VOLATILITY,
        "migration.province.ar": PERSISTENCE,
        "migration.province.sigma": VOLATILITY,
        "migration.destination.wage_elasticity": ELASTICITY,
        "migration.destination.distance_exponent": ELASTICITY,
        "migration.destination.border": ELASTICITY,
        "migration.rates.out_rate_scale": Column("index", high=10.0),
        "migration.rates.annual_factor": RATE,
        "migration.rates.within_province_ratio": Column("index", high=10.0),
        "migration.rates.return_share_other_province": RATE,
        "migration.rates.return_share_same_province": RATE,
        "migration.rates.registration_change_rate": RATE,
        "migration.response.access": RESPONSE,
        "migration.response.portability": RESPONSE,
        "take_up.response.access": RESPONSE,
        "take_up.response.portability": RESPONSE,
        "indexation.wage_link": ELASTICITY,
        "notional.wage_link": ELASTICITY,
        "indexation.floor": YEARLY_CHANGE,
        "notional.floor": YEARLY_CHANGE,
        "reference_wage.growth_cap": YEARLY_CHANGE,
    }
)
"""Parameters of ``economy/economy.toml``; a set has all of them but the next ones."""

UNDECLARED: Mapping[str, float] = MappingProxyType(
    {"indexation.floor": -1.0, "notional.floor": -1.0}
)
"""Parameters that a set may leave out, and what stands for them: a rate is never below −1."""
