"""The demo's employers: registered, submitted and decided by the commands."""

from typing import Any

from app.cli.demo.loader import PASSWORD, Loader, agency_id, demand_moved, id_number, lock_of, officer_with
from app.cli.demo.papers import page
from app.commands import employer_materials, employers
from app.commands.consents import ConsentGiven
from app.commands.files import store_uploads
from app.domain.identity import credit_check_character
from app.domain.materials import FileRule, Upload
from app.domain.registration import Finding, Verdict
from app.domain.roles import Actor
from app.models.employer import Employer
from app.queries.reference import current_site


def register_employer(loader: Loader, entry: dict[str, Any]) -> None:
    """Register an employer and take it to the state its entry names: draft, submitted, returned or active."""
    body: str = entry["credit"]
    registered = employers.register(
        loader.engine,
        actor=Actor.anonymous(ip="127.0.0.1"),
        form=employers.EmployerForm(
            name=entry["name"],
            agency_id=agency_id(loader, entry["agency"]),
            username=entry["username"],
            password=PASSWORD,
            contact_name=entry["contact"],
            doc_type="1",
            doc_no=id_number(entry),
            mobile=entry["mobile"],
            credit_code=body + credit_check_character(body),
            address=entry["address"],
            phone=entry["phone"],
            consent=ConsentGiven(1, 1, "demo"),
        ),
        cipher=loader.ports.cipher,
        passwords=loader.passwords,
        now=loader.ago(36),
    )
    if entry["state"] != "draft":
        _to_the_registrar(loader, entry, registered.employer_id)


def _to_the_registrar(loader: Loader, entry: dict[str, Any], employer_id: int) -> None:
    days = entry.get("days", 35)
    _materials(loader, entry, days)
    employers.submit(
        loader.engine,
        actor=loader.actor(entry["username"]),
        lock=lock_of(loader, Employer, employer_id),
        now=loader.ago(days),
    )
    if entry["state"] != "submitted":
        _decide(loader, entry, employer_id)


def _decide(loader: Loader, entry: dict[str, Any], employer_id: int) -> None:
    returned = entry["state"] == "returned"
    last = loader.read(lambda s: current_site(s).materials[-1].code)
    findings = (Finding("no_seal", "", None, last),) if returned else ()
    result = employers.decide(
        loader.engine,
        actor=loader.actor(officer_with("registrar", entry["agency"])),
        verdict=Verdict.SEND_BACK if returned else Verdict.APPROVE,
        seen={employer_id: lock_of(loader, Employer, employer_id)},
        findings=findings,
        now=loader.ago(34),
    )
    demand_moved(result.moved, [employer_id])


def _materials(loader: Loader, entry: dict[str, Any], days: float) -> None:
    actor = loader.actor(entry["username"])
    for material in loader.read(lambda s: current_site(s).materials):
        upload = Upload(f"{material.title}.jpg", page(material.title, [entry["name"], entry["contact"]]))
        (stored,) = store_uploads(
            loader.engine,
            actor=actor,
            uploads=[upload],
            rule=FileRule(material.types, material.max_mb, material.max_files),
            field=material.code,
            vault=loader.ports.vault,
            images=loader.ports.images,
            now=loader.ago(days),
        )
        employer_materials.attach(
            loader.engine,
            actor=actor,
            slot=material.code,
            blob_id=stored.blob_id,
            file_name=stored.file_name,
            now=loader.ago(days),
        )
