"""The alert file for Prometheus: its metrics exist, and a person learns what to do."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.support.monitoring import get
from tests.support.workspace import Workspace

ROOT = Path(__file__).parents[3]
PATH = ROOT / "bot" / "monitoring" / "alerts.yml"
FILE = yaml.safe_load(PATH.read_text("utf-8"))
ALERTS: list[dict[str, Any]] = [rule for group in FILE["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_has_everything_that_prometheus_and_a_person_need(alert: dict[str, Any]) -> None:
    assert set(alert) == {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"Avatar[A-Za-z]+", alert["alert"])
    assert re.fullmatch(r"\d+m", alert["for"])
    assert alert["labels"]["severity"] in {"critical", "warning"}
    assert set(alert["annotations"]) == {"summary", "description"}


async def test_the_alerts_ask_only_for_metrics_and_labels_that_exist(workspace: Workspace) -> None:
    answer = await get(workspace.bot, "/metrics")
    # Prometheus makes `up` itself: https://prometheus.io/docs/concepts/jobs_instances/
    labels: dict[str, set[tuple[str, str]]] = {"up": set()}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels.items())
    for alert in ALERTS:
        names = re.findall(r"\b(?:up|avatar_\w+|process_\w+)\b", alert["expr"])
        assert names
        assert {*names} <= {*labels}
        for name, label, value in re.findall(r'(\w+)\{(\w+)="(\w+)"\}', alert["expr"]):
            assert label == "job" or (label, value) in labels[name]
        for label in re.findall(r"by \((\w+)\)", alert["expr"]):
            assert any(label == known for name in names for known, _ in labels[name])


def test_the_readme_says_how_many_there_are() -> None:
    assert f"has {len(ALERTS)} alerts for Prometheus" in (ROOT / "README.md").read_text("utf-8")


def test_its_example_scrapes_the_job_that_the_alerts_name() -> None:
    comment = re.findall(r"^#   (.*)$", PATH.read_text("utf-8"), re.MULTILINE)
    example = yaml.safe_load("\n".join(comment))
    [job] = {name for alert in ALERTS for name in re.findall(r'job="(\w+)"', alert["expr"])}
    assert [scraped["job_name"] for scraped in example["scrape_configs"]] == [job]
    assert example["rule_files"] == [PATH.relative_to(ROOT).as_posix()]
