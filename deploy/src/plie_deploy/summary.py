"""The table that a started demo prints: organisations, addresses, logins and tokens."""

from plie_deploy.plan import Plan


def table(plan: Plan) -> str:
    lines = [f"Index       {plan.index_url}", f"Kafka       {plan.kafka.bootstrap_servers}", ""]
    width = max(len(account.login) for run in plan.runs for account in run.accounts)
    organisation = None
    for run in sorted(plan.runs, key=lambda run: run.organisation):
        if run.organisation != organisation:
            organisation = run.organisation
            lines += ["", f"{plan.declaration.title_of(organisation)} ({organisation})"]
        lines.append(f"  {run.service:12} {run.url}")
        lines += [f"    {account.role:11} {account.login:{width}}  {account.password}" for account in run.accounts]
        lines.append(f"    {'token':11} {run.token}")
    for producer in plan.declaration.producers.values():
        lines += [
            "",
            f"{producer.title} ({producer.slug})",
            f"  publishes to Kafka as {producer.slug}, password {plan.cast.kafka[producer.slug]}",
        ]
    return "\n".join(lines)
