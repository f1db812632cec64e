"""The money core: its modules, the tests that are nearest to each, and the mutants that may survive."""

from tests.installation import ROOT
from tests.mutation.mutants import Mutant, mutants_of

# Module within studio → test files, within tests; the nearest first, since the first failure ends a run.
CORE = {
    "contract.price": "contract/test_price.py contract/test_price_promises.py contract/test_decode_prices.py",
    "credits.balance": "jobs/money/test_available.py jobs/money/test_balance_reconciliation.py jobs/test_steps.py",
    "credits.balance_matching": "credits/test_balance_matching.py jobs/money/test_balance_reconciliation.py",
    "credits.budget_changes": "credits/test_budget_changes.py",
    "credits.budgets": "credits/test_budget_status.py credits/test_budgets.py",
    "credits.differences": "jobs/money/test_balance_reconciliation.py dashboard/test_reconciliation.py",
    "credits.learned": "jobs/money/test_estimating.py dashboard/test_prices.py",
    "credits.ledger": "credits/test_ledger.py credits/test_totals.py jobs/lifecycle/test_machine.py",
    "credits.personal_budgets": "credits/test_personal_budgets.py",
    "credits.totals": "credits/test_totals.py",
    "gateway.idempotency": "gateway/test_idempotency.py",
    "jobs.dispatch.hourly_quota": "jobs/dispatch/test_connection_status.py jobs/test_steps.py",
    "jobs.dispatch.sending": "jobs/test_steps.py jobs/test_refusals.py jobs/dispatch jobs/test_database_away.py",
    "jobs.handover": "jobs/test_handover.py",
    "jobs.lifecycle.approvals": "jobs/lifecycle/test_approvals.py dashboard/test_approvals.py",
    "jobs.lifecycle.decisions": "jobs/lifecycle/test_decisions.py jobs/lifecycle/test_approvals.py jobs/matching",
    "jobs.lifecycle.endings": "jobs/lifecycle/test_endings.py jobs/lifecycle/test_machine.py",
    "jobs.lifecycle.machine": "jobs/lifecycle/test_machine.py jobs/test_steps.py jobs/matching jobs/lifecycle",
    "jobs.lifecycle.moving": "jobs/lifecycle/test_machine.py jobs/lifecycle credits/test_totals.py",
    "jobs.matching.evidence": "jobs/matching dashboard/test_attention.py",
    "jobs.matching.lost_requests": "jobs/matching jobs/sync",
    "jobs.money.available": "jobs/money/test_available.py jobs/test_steps.py",
    "jobs.money.balance_reconciliation": "jobs/money/test_balance_reconciliation.py",
    "jobs.money.estimating": "jobs/money/test_estimating.py",
    "jobs.money.spending_check": "jobs/money/test_spending_check.py credits/test_budgets.py",
    "jobs.money.token_budgets": "jobs/money/test_token_budgets.py dashboard/test_tokens.py",
    "jobs.submit": "jobs/test_submit.py credits/test_budgets.py",
}

# Name → why no test can, or need, tell it from the sound code.
SURVIVORS = {
    "credits.ledger.end: `0` → `1`": "all callers name the clip",
    "credits.learned._until_alike: `1` → `2`": "a slice that ends beyond the list ends with it",
}


def core_mutants() -> dict[str, list[Mutant]]:
    return {
        module: mutants_of(module, (ROOT / "studio" / f"{module.replace('.', '/')}.py").read_text())
        for module in CORE
    }
