"""The report in some sentences, and what it can't say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from onedag.audit.model import Audit, AuditedCode, AuditedView
from onedag.audit.words import listed, many
from onedag.lineage import NodeKind

__all__ = ["summary_of", "unknown_of"]

DIGITS = 12
"""Of what is shown of a hash in a sentence."""

_ORIGINS = (
    (NodeKind.STORED, "computed before the request and kept in a store"),
    (NodeKind.COMPUTED, "computed when the request comes"),
    (NodeKind.REQUEST, "carried by the request itself"),
    (NodeKind.FITTED, "learnt once from the training rows"),
)


def summary_of(audit: Audit) -> tuple[str, ...]:
    """Sentences that say the most important of it."""
    said = (_features, _personal, _run, _model, _code)
    return tuple(sentence for part in said for sentence in part(audit))


def unknown_of(audit: Audit, without: Iterable[str], notes: Iterable[str]) -> tuple[str, ...]:
    """Sentences on what isn't known, and why.

    Args:
        audit: that lacks it.
        without: why there is no run and no snapshot of it; empty where there is.
        notes: on what else couldn't be read.
    """
    return tuple(dict.fromkeys(said for said in (*without, *_unknown(audit), *notes) if said))


def _features(audit: Audit) -> Iterator[str]:
    sources = f"{many(len(audit.sources), 'source')} of past records"
    if audit.sources:
        sources += f" ({listed(source.name for source in audit.sources)})"
    yield (
        f"The model of the service {audit.service} predicts from "
        f"{many(len(audit.features), 'feature')}, which are made from {sources} and from "
        f"{many(sum(bool(field.features) for field in audit.fields), 'field')} of the request."
    )
    counts = [
        (sum(feature.kind is kind for feature in audit.features), words) for kind, words in _ORIGINS
    ]
    told = [
        f"{count:,} {'is' if count == 1 else 'are'} {words}" for count, words in counts if count
    ]
    if told:
        yield f"Of these features, {listed(told)}."


def _personal(audit: Audit) -> Iterator[str]:
    flows = [one for feature in audit.features for one in feature.personal]
    if flows:
        count = sum(bool(feature.personal) for feature in audit.features)
        origins = listed(dict.fromkeys(one.path[0] for one in flows))
        verb = "comes" if count == 1 else "come"
        yield f"{many(count, 'feature')} {verb} from data that is marked as personal: {origins}."
        refused = dict.fromkeys(one.path[0] for one in flows if not one.allowed)
        may = (
            f"isn't allowed to use {listed(refused)}" if refused else "is allowed to use all of it"
        )
        yield f"The service {may}."
    unknown = [feature.name for feature in audit.features if feature.kind is None]
    if unknown:
        verb = "comes" if len(unknown) == 1 else "come"
        yield f"Whether {listed(unknown)} {verb} from data that is marked as personal isn't known."
    elif not flows:
        yield "No feature comes from data that is marked as personal."
    if audit.code.personal:
        yield (
            f"The code as it is now marks more data as personal, which goes into "
            f"{listed(audit.code.personal)}."
        )
    keys = [field.name for field in audit.fields if field.personal and field.looks_up]
    if keys:
        yield f"Stored values are looked up by personal data of the request: {listed(keys)}."


def _run(audit: Audit) -> Iterator[str]:
    if audit.run is None:
        return
    yield (
        f"The training run is {audit.run.run_id}, made on {_when(audit.run.created_at)} from "
        f"{many(audit.run.rows, 'row')}."
    )
    if not audit.run.served:
        yield "It isn't the run that requests are answered with now."


def _model(audit: Audit) -> Iterator[str]:
    if audit.model is None:
        yield "There is no model file of this service, so no predictions are answered."
        return
    yield (
        f"The model is the file {audit.model.file}, whose SHA-256 checksum begins with "
        f"{audit.model.sha256[:DIGITS]}."
    )
    if audit.model.fits:
        yield "It was trained on this run: it takes these features, in this order."
    elif audit.run is not None or audit.model.problem:
        yield f"It doesn't fit this run: {audit.model.problem or 'it is of another one'}"


def _code(audit: Audit) -> Iterator[str]:
    code = audit.code
    snapshot = f"snapshot {code.snapshot[:DIGITS]}{_commit(code)}"
    if code.of_run:
        yield f"The code that it was trained with is kept as {snapshot}."
    else:
        yield f"This report describes the code as it is loaded now: {snapshot}."
    if code.changes is None:
        return
    if code.changes:
        names = listed(change.name for change in code.changes)
        yield f"Since then {names} changed in a way that may change its features."
    elif not code.service and not code.unplanned:
        yield "Nothing that the model relies on has changed since it was trained."
    if code.service:
        yield f"Since then the service itself changed: {'; '.join(code.service)}."


def _commit(code: AuditedCode) -> str:
    if not code.commit:
        return ", and its git commit isn't known"
    state = "some files differed from it" if code.dirty else "no file differed from it"
    return f", taken at git commit {code.commit[:DIGITS]}, where {state}"


def _unknown(audit: Audit) -> Iterator[str]:
    if audit.run is not None and not audit.run.has_statistics:
        yield "How the training values lie isn't known: no statistics were kept with this run."
    if audit.code.unplanned:
        yield f"The service can't be planned as the code is now: {audit.code.unplanned}"
    if audit.store_error is not None:
        yield "How fresh stored values are isn't known, because the store can't be read."
    yield from (f"How fresh {view.name} is isn't known. {view.unknown}" for view in _unread(audit))
    if not audit.code.commit:
        yield "The git commit of the code isn't known."
    if not any(feature.drift for feature in audit.features):
        yield "Whether later values differ from the training values wasn't measured."
    if not any(feature.skew for feature in audit.features):
        yield "Whether served values differ from those that history gives wasn't measured."
    if blind := [source.name for source in audit.sources if source.unused is None]:
        yield (
            f"Which columns {listed(blind)} has wasn't known when the code was recorded, so what "
            f"functions take of its rows counts as its columns, even what is looked up elsewhere."
        )
    yield from _functions(audit)


def _unread(audit: Audit) -> Iterator[AuditedView]:
    if audit.store_error is None:
        yield from (view for view in audit.views if view.unknown)


def _functions(audit: Audit) -> Iterator[str]:
    uncertain = [name for name, function in audit.functions.items() if not function.certain]
    if uncertain:
        yield (
            f"Whether equal fingerprints mean equal values isn't certain for {listed(uncertain)}: "
            f"they reach what has no fingerprint, such as an open file."
        )
    without = [name for name, function in audit.functions.items() if not function.code]
    if without:
        yield f"The code of {listed(without)} wasn't kept."


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d at %H:%M} UTC"
