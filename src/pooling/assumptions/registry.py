"""Names that the model knows: the rules of each scheme's law, and the parameters of the economy, with their ranges."""

from collections.abc import Mapping
from types import MappingProxyType

from pooling.assumptions.tables import Column

RATE = Column("share", high=1.0)
MULTIPLE = Column("index", high=20.0)
YEARLY_CHANGE = Column("share", low=-0.5, high=0.5)
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
                "accrual": Column("share", high=0.1),
                "minimum_years": Column("years", high=60.0),
                "notional_rate": YEARLY_CHANGE,
                "indexation": YEARLY_CHANGE,
                "transfer_pooled_rate": RATE,
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

ECONOMY: Mapping[str, Column] = MappingProxyType(
    {
        "wages.national.ar": PERSISTENCE,
        "wages.national.sigma": VOLATILITY,
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
        "indexation.wage_link": ELASTICITY,
        "notional.wage_link": ELASTICITY,
        "reference_wage.growth_cap": YEARLY_CHANGE,
    }
)
"""Parameters of ``economy/economy.toml``; a set has all of them."""
