"""The alert file for Prometheus: the README shows what it says, and its metrics exist."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bot.monitoring import metrics
from bot.request_log.totals import Totals

ROOT = Path(__file__).parents[3]
FILE = yaml.safe_load((ROOT / "bot" / "monitoring" / "alerts.yml").read_text("utf-8"))
ALERTS: list[dict[str, Any]] = [rule for group in FILE["groups"] for rule in group["rules"]]
FROM_PROMETHEUS = {"up"}  # https://prometheus.io/docs/concepts/jobs_instances/

each_alert = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])


def exported() -> dict[str, dict[str, set[str]]]:
    """The metrics of /metrics: the values of each label, by the names of metric and label."""
    totals = Totals(takes={}, oldest_queued="", charged_usd=0, estimated_usd=0, pause=None)
    text = metrics.page({"slack": "", "database": "", "jobs": ""}, totals).decode()
    found: dict[str, dict[str, set[str]]] = {}
    for family in text_string_to_metric_families(text):
        if family.type == "histogram":  # it has no bucket before its first value
            found[f"{family.name}_bucket"] = {"le": set()}
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
    return found


@each_alert
def test_an_alert_has_everything_that_prometheus_and_a_person_need(alert: dict[str, Any]) -> None:
    assert set(alert) == {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"Avatar[A-Za-z]+", alert["alert"])
    assert re.fullmatch(r"\d+m", alert["for"])
    assert alert["labels"]["severity"] in {"critical", "warning"}
    assert set(alert["annotations"]) == {"summary", "description"}


@each_alert
def test_an_alert_asks_only_for_metrics_and_labels_that_exist(alert: dict[str, Any]) -> None:
    known = exported()
    names = re.findall(r"\b(?:up|avatar_\w+|process_\w+)\b", alert["expr"])
    assert names
    assert {*names} <= {*known, *FROM_PROMETHEUS}
    for name, label, value in re.findall(r'(\w+)\{(\w+)="(\w+)"\}', alert["expr"]):
        if label != "job":  # Prometheus adds it
            assert value in known[name][label]
    for label in re.findall(r"by \((\w+)\)", alert["expr"]):
        assert any(label in known[name] for name in names)


def test_the_readme_explains_every_alert_as_the_file_does() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    _, _, rest = readme.partition("<!-- alerts -->\n")
    assert rest.partition("<!-- /alerts -->")[0].splitlines() == [
        "| Alert | What it means, and what to do |",
        "| --- | --- |",
        *map(readme_row, ALERTS),
    ]


def readme_row(alert: dict[str, Any]) -> str:
    return f"| `{alert['alert']}` | {alert['annotations']['description']} |"


def test_the_readme_scrapes_the_job_that_the_alerts_name() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    [job] = {name for alert in ALERTS for name in re.findall(r'job="(\w+)"', alert["expr"])}
    assert f"job_name: {job}" in readme
    assert "bot/monitoring/alerts.yml" in readme
