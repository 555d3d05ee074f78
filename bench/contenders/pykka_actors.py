#!/usr/bin/python3
"""Pykka on threads, or on gevent: what Dekka is modelled on.

Pykka 2 brings an actor class for gevent; later ones run on its patched threads.
"""

import json
import sys
import time

RUNTIME = sys.argv[1]

if RUNTIME == "gevent":
    from gevent import monkey

    monkey.patch_all()

import pykka  # noqa: E402

RING = 503
SENDERS = 60


def actor_class():
    if RUNTIME == "gevent":
        try:
            from pykka.gevent import GeventActor

            return GeventActor
        except ImportError:
            pass
    return pykka.ThreadingActor


class Counter(actor_class()):
    def __init__(self):
        super().__init__()
        self.count = 0

    def on_receive(self, n):
        self.count += n
        return self.count

    def add(self, n):
        self.count += n
        return self.count


class Refuser(actor_class()):
    def on_receive(self, n):
        raise ValueError(f"refused {n}")


class Node(actor_class()):
    def __init__(self, index, done):
        super().__init__()
        self.index = index
        self.done = done
        self.next = None

    def on_receive(self, message):
        if isinstance(message, int):
            if message > 0:
                self.next.tell(message - 1)
            else:
                self.done.set(self.index)
        else:
            self.next = message


class Sink(actor_class()):
    def __init__(self, done):
        super().__init__()
        self.done = done
        self.total = 0
        self.reports = 0

    def on_receive(self, n):
        self.total += n
        self.reports += 1
        if self.reports == SENDERS:
            self.done.set(self.total)


class Sender(actor_class()):
    def __init__(self, sink, share):
        super().__init__()
        self.sink = sink
        self.share = share
        self.count = 0

    def on_receive(self, n):
        self.count += n
        if self.count == self.share:
            self.sink.tell(self.count)


def check(actual, expected):
    if actual != expected:
        raise AssertionError(f"expected {expected}, but the result is {actual}")


def new_future():
    return Counter._create_future()


class Clock:
    """Milliseconds of its block; preparing and stopping stay outside."""

    def __enter__(self):
        self.start = time.perf_counter()
        return self

    def __exit__(self, *_):
        self.value = (time.perf_counter() - self.start) * 1000


def tell(size):
    ref = Counter.start()
    with Clock() as clock:
        for _ in range(size):
            ref.tell(1)
        check(ref.ask(0), size)
    return clock.value


def ask(size):
    ref = Counter.start()
    with Clock() as clock:
        for _ in range(size):
            last = ref.ask(1)
    check(last, size)
    return clock.value


def flight(size):
    ref = Counter.start()
    with Clock() as clock:
        futures = [ref.ask(1, block=False) for _ in range(size)]
        check(pykka.get_all(futures)[-1], size)
    return clock.value


def start(size):
    with Clock() as clock:
        futures = [Counter.start().ask(1, block=False) for _ in range(size)]
        check(sum(pykka.get_all(futures)), size)
    return clock.value


def ring(size):
    done = new_future()
    nodes = [Node.start(i, done) for i in range(RING)]
    for i, node in enumerate(nodes):
        node.ask(nodes[(i + 1) % RING])
    with Clock() as clock:
        nodes[0].tell(size)
        check(done.get(), size % RING)
    return clock.value


def fan_in(size):
    done = new_future()
    sink = Sink.start(done)
    senders = [Sender.start(sink, size // SENDERS) for _ in range(SENDERS)]
    with Clock() as clock:
        for i in range(size):
            senders[i % SENDERS].tell(1)
        check(done.get(), size)
    return clock.value


def proxy(size):
    counter = Counter.start().proxy()
    with Clock() as clock:
        for _ in range(size):
            last = counter.add(1).get()
    check(last, size)
    return clock.value


def throw(size):
    ref = Refuser.start()
    caught = 0
    with Clock() as clock:
        for i in range(size):
            try:
                ref.ask(i)
            except ValueError:
                caught += 1
    check(caught, size)
    return clock.value


def resident_bytes():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


def heap(size):
    before = resident_bytes()
    refs = [Counter.start() for _ in range(size)]
    check(refs[-1].ask(1), 1)
    return resident_bytes() - before


WORKLOADS = {
    "tell": tell,
    "ask": ask,
    "flight": flight,
    "start": start,
    "ring": ring,
    "fan-in": fan_in,
    "proxy": proxy,
    "throw": throw,
    "heap": heap,
}


def obey(order):
    try:
        return {"value": WORKLOADS[order["workload"]](order["size"])}
    except Exception as error:
        return {"error": repr(error)}
    finally:
        pykka.ActorRegistry.stop_all()


def main():
    version = f"{pykka.__version__}, Python {sys.version.split()[0]}"
    hello = {"workloads": list(WORKLOADS), "version": version}
    print(json.dumps(hello), flush=True)
    for line in iter(sys.stdin.readline, ""):
        print(json.dumps(obey(json.loads(line))), flush=True)


main()
