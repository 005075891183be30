"""The WTO's interface for notifications, played on localhost: real shapes, pages, a key, and days to choose from."""

from typing import Any

from tests.fakes.web_server import Asked, Reply, WebServer, as_json

PATH = "/eping/notifications/search"
KEY = "local-key"  # not a secret: it opens nothing but this server

SPEAKERS: dict[str, Any] = {
    "id": 90101, "area": "TBT", "notificationType": "Regular notification", "documentSymbol": " G/TBT/N/EU/7101 ",
    "notifyingMember": {"name": "European Union"}, "notifyingMemberCode": "U918",
    "distributionDate": "2026-11-20T00:00:00", "commentDeadlineDate": "2027-01-19T00:00:00", "isOpenForComments": True,
    "proposedEntryIntoForceDate": None, "proposedEntryIntoForceDateText": "20 days from publication",
    "title": "<p>Ecodesign of&nbsp;<b>Bluetooth loudspeakers</b> &amp; headphones</p>", "titlePlain": None,
    "description": "<div><p>Standby power is limited to 0.5&nbsp;W.</p><ul><li>Batteries can be taken out.</li></ul>"
    "<script>alert(1)</script></div>",
    "productsFreeText": "<p>Bluetooth loudspeakers</p>", "productsFreeTextPlain": "Bluetooth loudspeakers",
    "hsCodes": [{"id": 1, "code": "851822", "name": "Multiple loudspeakers, mounted"}, {"id": 2, "code": "8518"}],
    "objectives": [{"id": 4, "name": "Protection of the environment (TBT)"}],
    "keywords": [{"id": 9, "name": "Labelling"}, None], "spsKeywords": [],
    "notifiedDocumentLink": "https://members.wto.org/a_e.pdf, https://members.wto.org/b_f.pdf",
    "linkToNotification": "https://docs.wto.org/t/G/TBTN26/EU7101.DOCX",
}  # fmt: skip
BARE: dict[str, Any] = {"documentSymbol": "G/SPS/N/JPN/1345/Add.1", "notifyingMember": "Japan", "unknown": {"a": [1]}}


class EpingServer:
    """Notifications behind the interface; `bare` answers with a list alone, `without_pages` ignores the page asked."""

    def __init__(self, web: WebServer, *items: dict[str, Any]) -> None:
        self.web, self.items = web, list(items)
        self.bare = self.without_pages = False
        web.answers[PATH] = self.answer

    @property
    def url(self) -> str:
        return self.web.url + PATH

    def answer(self, asked: Asked) -> Reply:
        if {name.lower(): value for name, value in asked.headers.items()}.get("ocp-apim-subscription-key") != KEY:
            return as_json({"statusCode": 401, "message": "Access denied due to invalid subscription key."}, status=401)
        first, last = asked.params["distributionDateFrom"], asked.params["distributionDateTo"]
        fitting = [one for one in self.items if first <= str(one.get("distributionDate", last))[:10] <= last]
        page = 1 if self.without_pages else int(asked.params["page"])
        size = int(asked.params["pageSize"])
        items = fitting[(page - 1) * size : page * size]
        return as_json(items if self.bare else {"items": items, "totalCount": len(fitting)})
