"""Foreign authorities played on localhost: their questions, pages, keys and shapes. Every record is made up."""

from collections.abc import Mapping
from typing import Any

from tests.fakes.web_server import Asked, Reply, WebServer, as_json

USER, KEY = "desk@example.org", "local-key"  # not secrets: they open nothing but this server

CHARGER: dict[str, Any] = {
    "alert_number": "SR/90101/26", "alert_date": "2026-11-19", "modification_date": "2026-11-20T08:00:00+00:00",
    "alert_level": "Serious risk", "alert_country": "Germany", "alert_type": ["Electric shock"],
    "alert_description": "<p>The insulation is <b>insufficient</b> &amp; a user can touch live parts.</p>",
    "technical_defect": None, "product_name": "USB charger", "product_type": "Consumer",
    "product_category": "Electrical appliances and equipment", "product_brand": "Lumigo",
    "product_model_type": "LG-20W", "product_country": "People's Republic of China",
    "measures_country": ["Withdrawal of the product from the market", "Recall of the product from end users"],
    "rapex_url": "https://ec.europa.eu/safety-gate-alerts/screen/webReport/alertDetail/90101",
}  # fmt: skip
TOY: dict[str, Any] = {
    "alert_number": "SR/90102/26", "alert_date": "2026-11-18", "modification_date": "2026-11-18T08:00:00+00:00",
    "alert_country": "France", "alert_type": "Choking", "product_name": "Toy car", "product_category": "Toys",
    "product_brand": "Unknown", "product_country": "China", "technical_defect": "Small parts come off.",
    "measures_country": "Import rejected at border", "rapex_url": "javascript:alert(1)",
}  # fmt: skip
POWER_BANK: dict[str, Any] = {
    "RecallID": 90201, "RecallNumber": "27901", "RecallDate": "2026-11-17T00:00:00",
    "LastPublishDate": "2026-11-18T00:00:00", "Title": "Voltra Recalls Power Banks Due to Fire Hazard",
    "Description": "This recall involves power banks.", "URL": "https:/www.cpsc.gov/Recalls/2026/made-up",
    "Products": [{"Name": "Voltra power banks", "Type": "Power Banks", "Model": "", "NumberOfUnits": "About 4,000"}],
    "Hazards": [{"Name": "The lithium-ion battery can overheat.", "HazardType": ""}],
    "Manufacturers": [], "Importers": [{"Name": "Voltra LLC, of Austin, Texas"}],
    "ManufacturerCountries": [{"Country": "China"}], "RemedyOptions": [{"Option": "Refund"}],
    "Remedies": [{"Name": "Stop using them."}], "SoldAtLabel": None, "Images": [],
}  # fmt: skip
SHRIMP: dict[str, Any] = {
    "FEINumber": 3009990101, "FirmName": "Made-up Seafood Co Ltd", "CountryCode": "CN", "CountryName": "China",
    "ProductCode": "16XGT05", "ProductCodeDescription": "SHRIMP, FROZEN",
    "IndustryCodeDescription": "Fishery/Seafood Prod", "RefusalDate": "2026-11-20", "ShipmentID": "XX9-9990101-1/1/1",
    "RefusalCharges": "VETDRUGES",
}  # fmt: skip
MUSHROOMS: dict[str, Any] = {
    "recall_number": "F-9001-2027", "report_date": "20261118", "recalling_firm": "Made-up Foods Inc.",
    "country": "United States", "product_type": "Food", "classification": "Class I", "status": "Ongoing",
    "product_description": "Enoki mushrooms, 200 g bag. Product of China.",
    "reason_for_recall": "Listeria monocytogenes", "voluntary_mandated": "Voluntary: Firm initiated",
}  # fmt: skip


class RecallServer:
    """All of them behind one address; `without_pages` ignores the page that is asked for."""

    def __init__(self, web: WebServer) -> None:
        self.web = web
        self.safety_gate, self.cpsc, self.fda_refusals, self.openfda = (
            [CHARGER, TOY],
            [POWER_BANK],
            [SHRIMP],
            [MUSHROOMS],
        )
        self.without_pages = False
        web.answers |= {
            "/ods": self._ods, "/cpsc": self._cpsc, "/fda": self._fda, "/openfda": self._openfda,
        }  # fmt: skip

    def urls(self) -> dict[str, str]:
        """The settings that lead here."""
        at = self.web.url
        return {
            "safety_gate_url": f"{at}/ods", "cpsc_url": f"{at}/cpsc", "fda_refusals_url": f"{at}/fda",
            "openfda_url": f"{at}/openfda",
        }  # fmt: skip

    def _ods(self, asked: Asked) -> Reply:
        since = asked.params["where"].partition("date'")[2][:10]
        fitting = [one for one in self.safety_gate if max(one["alert_date"], one["modification_date"][:10]) >= since]
        start = 0 if self.without_pages else int(asked.params["offset"])
        page = fitting[start : start + int(asked.params["limit"])]
        return as_json({"total_count": len(fitting), "results": page})

    def _cpsc(self, asked: Asked) -> Reply:
        since = asked.params["LastPublishDateStart"]
        return as_json([one for one in self.cpsc if one["LastPublishDate"][:10] >= since])

    def _fda(self, asked: Asked) -> Reply:
        """A success bears the status code 400 in its body; nothing found has an empty list."""
        headers = {name.lower(): value for name, value in asked.headers.items()}
        if (headers.get("authorization-user"), headers.get("authorization-key")) != (USER, KEY):
            return as_json({"statuscode": 401, "message": "Unauthorized"}, status=401)
        question: Mapping[str, Any] = asked.question or {}
        wanted = question["filters"]
        first, last, country = wanted["RefusalDateFrom"][0], wanted["RefusalDateTo"][0], wanted["CountryCode"][0]
        fitting = [
            one for one in self.fda_refusals if one["CountryCode"] == country and first <= one["RefusalDate"] <= last
        ]
        page = fitting[question["start"] - 1 :][: question["rows"]]
        return as_json({"statuscode": 400, "message": "Success.", "resultcount": len(page), "result": page})

    def _openfda(self, asked: Asked) -> Reply:
        first, _, last = asked.params["search"].removeprefix("report_date:[").rstrip("]").partition(" TO ")
        fitting = [one for one in self.openfda if first <= one["report_date"] <= last]
        start = int(asked.params["skip"])
        if start >= len(fitting):
            return as_json({"error": {"code": "NOT_FOUND", "message": "No matches found!"}}, status=404)
        return as_json({"meta": {"results": {"skip": start, "total": len(fitting)}}, "results": fitting[start:]})
