"""Listens with python-socketio, as programs in Python do, and prints a JSON object a line. See ../listener_test.go."""

import base64
import json
import os
import sys
import threading
import urllib.parse
import urllib.request

import socketio

options = json.load(sys.stdin)
printing = threading.Lock()


def say(**line):
    with printing:
        print(json.dumps(line), flush=True)


def discover():
    request = urllib.request.Request(options["host"] + "/v1/" + options["tier"] + "/connect/endpoints")
    request.add_header("Authorization", "Basic " + base64.b64encode(b"sandbox:sandbox").decode())
    request.add_header("X-Crisp-Tier", options["tier"])
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["data"]["socket"]["app"]


client = socketio.Client(reconnection_delay=0.05, reconnection_delay_max=0.05)


@client.event
def connect():
    client.emit("authentication", {
        "tier": options["tier"], "username": "sandbox", "password": options["key"], "events": options["events"],
    })


@client.event
def disconnect():
    say(disconnected="disconnect")


@client.on("authenticated")
def authenticated(_):
    say(ready="authenticated", bound=options["events"])


@client.on("unauthorized")
def unauthorized(answer):
    say(unauthorized=answer["message"])


def listen(name):
    client.on(name, lambda data: say(event=name, data=data))


for event in options["events"]:
    listen(event)

address = urllib.parse.urlsplit(discover())
client.connect("http://" + address.netloc, transports=["websocket"], socketio_path=address.path, wait_timeout=60)
client.wait()
