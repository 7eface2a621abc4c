"""The control API: what a page, a test or a shell does with the sandbox, described at `/api/openapi.json`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request
from fastapi import Path as InPath
from fastapi.responses import JSONResponse, StreamingResponse

from .._version import __version__
from ..simulation import FATES, Fate
from . import ledger
from .aggregator import HOST_NUMBER, Aggregator, to_toml
from .desk import Sandbox
from .errors import Conflict, Unknown
from .events import TooManyListeners
from .ledger import Wanted
from .models import (
    Adapter,
    Conversation,
    ConversationPage,
    Direction,
    Exchange,
    ExchangePage,
    FateChoice,
    Fates,
    Faults,
    Found,
    Health,
    Host,
    HostSettings,
    Injection,
    Message,
    MessageDetail,
    Page,
    Problem,
    Settings,
    Word,
)

__all__ = ["control_api"]

LARGEST_ID = (1 << 63) - 1
Number = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
Bound = Annotated[int | None, Query(ge=0, le=LARGEST_ID)]
Limit = Annotated[int, Query(ge=1, le=500)]
Text = Annotated[str | None, Query(min_length=1, max_length=1000)]
Filter = Annotated[Word | None, Query()]
PROBLEMS: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "There is no such thing."},
    409: {"model": Problem, "description": "It cannot be done as things are."},
}
router = APIRouter(prefix="/api", responses={400: {"model": Problem, "description": "The request cannot be read."}})


def control_api(sandbox: Sandbox) -> FastAPI:
    """The API of a sandbox, as an ASGI application."""
    app = FastAPI(
        title="sms-adapters sandbox",
        version=__version__,
        summary="Simulated SMS aggregators: what was sent, what becomes of it, what handsets answer.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.sandbox = sandbox
    app.include_router(router)
    app.add_exception_handler(Unknown, _problem(404))
    app.add_exception_handler(Conflict, _problem(409))
    app.add_exception_handler(TooManyListeners, _problem(503))
    return app


def _problem(status: int) -> Any:
    def handler(_: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status)

    return handler


def _sandbox(request: Request) -> Sandbox:
    found: Sandbox = request.app.state.sandbox
    return found


Here = Annotated[Sandbox, Depends(_sandbox)]


def _wanted(
    adapter: Filter = None,
    direction: Annotated[Direction | None, Query()] = None,
    handset: Filter = None,
    number: Filter = None,
    status: Filter = None,
    provider_id: Filter = None,
    fate: Annotated[Fate | None, Query()] = None,
    text: Text = None,
) -> Wanted:
    given = {"adapter": adapter, "direction": direction, "handset": handset, "number": number}
    given |= {"status": status, "provider_id": provider_id, "fate": fate}
    return Wanted({name: value for name, value in given.items() if value is not None}, text)


Filters = Annotated[Wanted, Depends(_wanted)]


@router.get("/health")
async def health(here: Here) -> Health:
    """That the sandbox is up, and how much it holds."""
    count = await here.store.run(ledger.count)
    return Health(
        version=__version__,
        messages=count,
        pending_webhooks=here.pending,
        host_errors=here.host_errors,
    )


@router.get("/adapters")
async def adapters(here: Here) -> list[Adapter]:
    """Every simulated aggregator, with a channel that works here."""
    return [_adapter(here, aggregator) for aggregator in here.aggregators.values()]


@router.get("/adapters/{adapter}", responses=PROBLEMS)
async def adapter(here: Here, adapter: Word) -> Adapter:
    """One simulated aggregator."""
    return _adapter(here, here.aggregator(adapter))


def _adapter(here: Sandbox, aggregator: Aggregator) -> Adapter:
    manifest, channel = aggregator.manifest, aggregator.channel()
    redelivery = aggregator.redelivery
    return Adapter(
        id=aggregator.id,
        name=manifest.name,
        kind=manifest.kind.value,
        base_url=aggregator.base_url,
        number=HOST_NUMBER,
        channel=channel,
        toml=to_toml(aggregator.id, channel),
        capabilities={name.value: feature.support.value for name, feature in manifest.features.items()},
        hosts=[Host(number=number or None, inbound_url=url) for number, url in aggregator.shown_hosts()],
        redelivery={
            "waits": redelivery.waits,
            "timeout": redelivery.timeout,
            "source": manifest.redelivery if manifest.redelivers_as_documented else None,
        },
        faults=here.faults_of(aggregator),
    )


@router.put("/adapters/{adapter}/host", responses=PROBLEMS)
async def register(here: Here, adapter: Word, host: HostSettings) -> Adapter:
    """Point the aggregator's console at a host: where incoming messages go."""
    here.register(adapter, host)
    return _adapter(here, here.aggregator(adapter))


@router.delete("/adapters/{adapter}/host", responses=PROBLEMS)
async def unregister(here: Here, adapter: Word) -> Adapter:
    """Forget the hosts of an aggregator."""
    aggregator = here.aggregator(adapter)
    aggregator.forget_hosts()
    return _adapter(here, aggregator)


@router.get("/messages")
async def messages(
    here: Here,
    filters: Filters,
    before: Bound = None,
    after: Bound = None,
    limit: Limit = 50,
    order: Annotated[Literal["newest", "oldest"], Query()] = "newest",
) -> Page:
    """Messages, the newest first; `before` and `after` are ids."""
    oldest = order == "oldest"
    wanted = Wanted(filters.equal, filters.text, before, after, limit, oldest)
    found = await here.store.run(lambda database: ledger.messages(database, wanted))
    return Page(
        items=[Message(**item) for item in found[:limit]], next=found[limit - 1]["id"] if len(found) > limit else None
    )


@router.post("/messages", status_code=201, responses=PROBLEMS)
async def inject(here: Here, injection: Injection) -> Message:
    """A handset sends a message to the host."""
    return Message(**ledger.values_of(await here.handsets.send(injection)))


@router.get("/messages/{number}", responses=PROBLEMS)
async def message(here: Here, number: Number) -> MessageDetail:
    """A message with its raw exchanges in both directions; secrets are masked."""
    found = await here.store.run(lambda database: ledger.message(database, number))
    if found is None:
        raise Unknown(f"there is no message {number}")
    exchanges = await here.store.run(lambda database: ledger.exchanges_of(database, number))
    return MessageDetail(**ledger.values_of(found), exchanges=[Exchange(**here.shown(item)) for item in exchanges])


@router.put("/messages/{number}/fate", responses=PROBLEMS)
async def change_fate(here: Here, number: Number, choice: FateChoice) -> Message:
    """Choose what becomes of a message that was accepted; its reports are fired at once."""
    return Message(**ledger.values_of(await here.change_fate(number, choice.fate)))


@router.get("/conversations")
async def conversations(here: Here, filters: Filters, before: Bound = None, limit: Limit = 50) -> ConversationPage:
    """Who talks with whom through which aggregator, the latest first; `before` is the id of a last message."""
    wanted = Wanted(filters.equal, filters.text, before, limit=limit)
    found = await here.store.run(lambda database: ledger.conversations(database, wanted))
    following = found[limit - 1]["last"]["id"] if len(found) > limit else None
    return ConversationPage(items=[Conversation(**item) for item in found[:limit]], next=following)


@router.get("/exchanges")
async def exchanges(here: Here, adapter: Filter = None, before: Bound = None, limit: Limit = 50) -> ExchangePage:
    """Everything on the wire, the newest first: refused requests and failed webhooks, too."""
    found = await here.store.run(lambda database: ledger.exchanges(database, adapter, before, limit))
    following = found[limit - 1][0].id if len(found) > limit else None
    return ExchangePage(items=[Exchange(**here.shown(item)) for item in found[:limit]], next=following)


@router.get("/exchanges/{number}", responses=PROBLEMS)
async def exchange(here: Here, number: Number) -> Exchange:
    """One exchange; secrets are masked."""
    found = await here.store.run(lambda database: ledger.exchange(database, number))
    if found is None:
        raise Unknown(f"there is no exchange {number}")
    return Exchange(**here.shown(found))


@router.get("/wait")
async def wait(
    here: Here,
    filters: Filters,
    after: Bound = None,
    count: Annotated[int, Query(ge=1, le=500)] = 1,
    timeout: Annotated[float, Query(ge=0, le=60)] = 5,
) -> Found:
    """Wait until `count` messages match, for `timeout` seconds at most; the oldest `count` of them."""
    wanted = Wanted(filters.equal, filters.text, None, after, count, ascending=True)
    ends = asyncio.get_running_loop().time() + timeout
    while True:
        changed = here.change()
        found = await here.store.run(lambda database: ledger.messages(database, wanted))
        left = ends - asyncio.get_running_loop().time()
        if len(found) >= count or left <= 0:
            return Found(complete=len(found) >= count, items=[Message(**item) for item in found[:count]])
        try:
            await asyncio.wait_for(changed, left)
        except TimeoutError:
            continue


@router.get("/fates")
async def fates(here: Here) -> Fates:
    """What numbers meet."""
    return Fates(digits=dict(FATES), otherwise=Fate.DELIVERED, chosen=dict(here.chosen))


@router.put("/fates/{number}")
async def choose(here: Here, number: Word, choice: FateChoice) -> Fates:
    """Give a number a fate whatever its last digits say."""
    here.choose(number, choice.fate)
    return await fates(here)


@router.delete("/fates/{number}")
async def unchoose(here: Here, number: Word) -> Fates:
    """Leave a number to its last digits again."""
    here.choose(number, None)
    return await fates(here)


@router.get("/faults")
async def faults(here: Here) -> Faults:
    """The faults of every aggregator that has none of its own."""
    return here.faults


@router.put("/faults")
async def set_faults(here: Here, faults: Faults) -> Faults:
    """Set the faults of every aggregator that has none of its own; what is left out has its default."""
    here.set_faults(faults)
    return here.faults


@router.put("/adapters/{adapter}/faults", responses=PROBLEMS)
async def set_own_faults(here: Here, adapter: Word, faults: Faults) -> Faults:
    """Set the faults of one aggregator."""
    here.set_faults(faults, adapter)
    return faults


@router.delete("/adapters/{adapter}/faults", responses=PROBLEMS)
async def drop_own_faults(here: Here, adapter: Word) -> Faults:
    """Give an aggregator the faults of all again."""
    here.set_faults(None, adapter)
    return here.faults


@router.get("/settings")
async def settings(here: Here) -> Settings:
    """How time passes."""
    return here.settings


@router.put("/settings")
async def set_settings(here: Here, settings: Settings) -> Settings:
    """Change how time passes; what is left out has its default."""
    here.set_settings(settings)
    return settings


@router.post("/reset", status_code=204)
async def reset(here: Here, hosts: Annotated[bool, Query()] = False) -> None:
    """Forget messages, exchanges, chosen fates and faults; with `hosts` the registered hosts, too."""
    await here.reset(hosts=hosts)


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}, 503: {"model": Problem}},
)
async def events(
    here: Here, last_event_id: Annotated[int | None, Header(ge=0, le=LARGEST_ID)] = None
) -> StreamingResponse:
    """Server-sent events: message, exchange, faults, fates, hosts, settings, reset, and resync for who missed some."""
    stream: AsyncIterator[str] = here.events.listen(last_event_id)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
