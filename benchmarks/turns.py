"""What a dialogue turn costs: CPU, latency and throughput of the running service over HTTP; its start and memory."""

import argparse
import itertools
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from _service import Client, Service, fengsui, folder, percentile, print_machine, print_table, serving

TURN = "/webhooks/rest/webhook"
# Six turns that register an interest: a form, entities in each answer, a confirmation, a row in the database.
SUBSCRIBE = ("我想订阅通报提醒", "蓝牙音箱", "8518.22", "欧盟和美国", "确认", "谢谢")
# Six turns that leave nothing behind, so that only the length of the conversation can make them slower.
ROUND = ("我想订阅通报提醒", "蓝牙音箱", "8518.22", "欧盟和美国", "算了", "谢谢")
REGISTERED = "登记好了".encode()
TEXTS = (
    "欧盟最近有什么关于充电宝的通报", "G/TBT/N/EU/1100 的评议截止日期", "我们出口蓝牙音箱到美国，有新通报告诉我",
    "TBT通报的评议期是多少天？", "取消对玩具的关注", "上个月印度发布的鞋类通报", "不对，是8516.60", "谢谢",
    "转人工", "欧盟REACH对纺织品的要求是什么，需要哪些检测报告，费用大概多少",
    "any recent EU notifications about power banks", "what is the deadline of G/TBT/N/USA/2211/Add.1",
    "alert me about LED lamps in Saudi Arabia and the UAE", "how long is the comment period under the TBT Agreement",
    "unsubscribe from toys", "show my subscriptions", "we lost about 3 million USD last year because of the new rule",
    "no, I meant Germany", "skip", "How can we respond when a shipment is detained for missing CE marking documents?",
)  # fmt: skip

Message = tuple[str, str]  # sender, text
_numbers = itertools.count(1)


def conversations(number: int) -> list[Message]:
    """So many registrations, each by somebody new."""
    senders = [f"bench-{next(_numbers)}" for _ in range(number)]
    return [(sender, text) for sender in senders for text in SUBSCRIBE]


def talk(service: Service, messages: Sequence[Message]) -> list[float]:
    """Milliseconds of each turn, one after the other on one connection."""
    client = Client(service.port)
    try:
        return [_turn(client, sender, text) for sender, text in messages]
    finally:
        client.close()


def _turn(client: Client, sender: str, text: str) -> float:
    answer, milliseconds = client.post(TURN, {"sender": sender, "message": text})
    if text == SUBSCRIBE[4] and REGISTERED not in answer:
        raise RuntimeError(f"the registration failed: {answer[:500].decode()}")
    return milliseconds


def measured(service: Service, name: str, work: Callable[[], list[float]]) -> list[str]:
    """A row of the table: requests, CPU a request, requests a second, and how long they took."""
    cpu, start = service.cpu(), time.perf_counter()
    took = work()
    wall, used = time.perf_counter() - start, service.cpu() - cpu
    numbers = (used * 1000 / len(took), len(took) / wall, percentile(took, 50), percentile(took, 95))
    return [name, str(len(took)), *(f"{number:.2f}" if number < 100 else f"{number:.0f}" for number in numbers)]


def at_once(service: Service, clients: int, each: int) -> list[float]:
    """The same from several connections at once, a thread for each."""
    lists = [conversations(each) for _ in range(clients)]
    results: list[list[float]] = []

    def work(messages: list[Message]) -> None:
        results.append(talk(service, messages))

    threads = [threading.Thread(target=work, args=(messages,)) for messages in lists]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(results) < clients:
        raise RuntimeError("a client failed; its error is above")
    return [took for one in results for took in one]


def parse(service: Service, number: int) -> list[float]:
    client = Client(service.port)
    texts = itertools.islice(itertools.cycle(TEXTS), number)
    try:
        return [client.post("/model/parse", {"text": text})[1] for text in texts]
    finally:
        client.close()


def long(service: Service, people: int, turns: int) -> list[list[str]]:
    """The first round and the last of conversations of so many turns."""
    senders = [f"long-{next(_numbers)}" for _ in range(people)]
    rounds = max(2, turns // len(ROUND) + 1)
    rows = []
    for number in range(rounds):
        messages = [(sender, text) for text in ROUND for sender in senders]
        first = number * len(ROUND) + 1
        name = f"turns {first} to {first + len(ROUND) - 1} of a conversation"
        if number in (0, rounds - 1):
            rows.append(measured(service, name, partial(talk, service, messages)))
        else:
            talk(service, messages)
    return rows


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--conversations", type=int, default=100, help="of six turns, with one client")
    options.add_argument("--turns", type=int, default=200, help="how long the long conversations become")
    chosen = options.parse_args()
    print_machine()
    with folder() as data:
        fengsui("train", data=data)
        with serving(data) as service:
            wall, cpu = service.started
            fresh, _ = service.memory()
            talk(service, conversations(5))  # the first of everything is slower, once
            parse(service, len(TEXTS))
            rows = [
                measured(service, "turn, 1 client", lambda: talk(service, conversations(chosen.conversations))),
                measured(service, "turn, 8 clients", lambda: at_once(service, 8, max(1, chosen.conversations // 4))),
                *long(service, 20, chosen.turns),
                measured(service, "POST /model/parse", lambda: parse(service, chosen.conversations * 10)),
            ]
            now, peak = service.memory()
    print_table(["", "requests", "CPU ms", "per s", "p50 ms", "p95 ms"], rows)
    print(f"start until /readyz: {wall:.2f} s, {cpu:.2f} s CPU")
    print(f"resident memory: {fresh:.0f} MB after the start, {now:.0f} MB at the end, {peak:.0f} MB at the peak")


if __name__ == "__main__":
    main()
