"""Requests that another program recorded as JSON."""

import base64
import json

from .case import BODY, HEADERS, NOT_TEXT, SIGNED, TARGET, URL, Read, fails, reads
from .objects import WHOLE, base64_of
from .requests import REQUEST, written

RECORD = Read("json_request")
PLAIN = RECORD.but(method=None, target=None)
AT = RECORD.but(received_at=1760000003)
TEXT = BODY.decode()


def pairs_of(headers):
    return [{"key": name, "value": value} for name, value in headers]


def lists_of(headers):
    return {name: [value] for name, value in headers}


def api_gateway_v1(**members):
    event = {"resource": "/{proxy+}", "path": TARGET, "httpMethod": "POST", "headers": dict(HEADERS)}
    event |= {"multiValueHeaders": lists_of(HEADERS), "queryStringParameters": None, "pathParameters": {"proxy": "a"}}
    event["requestContext"] = {"httpMethod": "POST", "path": f"/prod{TARGET}", "requestTimeEpoch": 1760000003250}
    return event | {"body": TEXT, "isBase64Encoded": False} | members


def api_gateway_v2(**members):
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": TARGET,
        "rawQueryString": "",
        "headers": dict(HEADERS),
    }
    event["requestContext"] = {"http": {"method": "POST", "path": TARGET}, "timeEpoch": 1760000003250}
    event |= {"body": TEXT, "isBase64Encoded": False} | members
    return {name: value for name, value in event.items() if value is not ...}


def alb(**members):
    event = {"requestContext": {"elb": {"targetGroupArn": "arn:a"}}, "httpMethod": "POST", "path": TARGET}
    return event | {"headers": dict(HEADERS), "body": TEXT, "isBase64Encoded": False} | members


def webhook_site(headers=HEADERS):
    request = {"uuid": "a", "type": "web", "method": "POST", "ip": "192.0.2.1", "content": TEXT, "url": URL}
    return request | {"headers": lists_of(headers), "query": None, "created_at": "2025-10-09 08:53:23"}


def ngrok(raw):
    request = {"method": "POST", "proto": "HTTP/1.1", "headers": lists_of(HEADERS), "uri": TARGET}
    request["raw"] = base64.b64encode(raw).decode()
    return {"uri": "/api/requests/http/a", "id": "a", "start": "2025-10-09T10:53:23.25+02:00", "request": request}


def postman(headers):
    request = {"method": "POST", "header": headers, "body": {"mode": "raw", "raw": TEXT}, "url": {"raw": URL}}
    folder = {"name": "a folder", "item": [{"name": "a", "request": request, "response": []}]}
    return {"info": {"name": "a", "schema": "https://schema.getpostman.com/"}, "item": [folder]}


def pipedream(body):
    event = {"method": "POST", "path": "/", "query": {}, "client_ip": "192.0.2.1", "url": URL, "headers": dict(HEADERS)}
    return {"event": event | {"body": body}}


def tail():
    request = {"url": URL, "method": "POST", "headers": dict(SIGNED), "cf": {}}
    return {
        "outcome": "ok",
        "logs": [],
        "exceptions": [],
        "event": {"request": request},
        "eventTimestamp": 1760000003250,
    }


def dumped(document):
    return json.dumps(document, indent=1)


CASES = [
    reads("record/lambda-v1", "API Gateway's first form", dumped(api_gateway_v1()), AT),
    reads("record/lambda-v2", "its second, and that of a function URL", dumped(api_gateway_v2()), AT),
    reads(
        "record/lambda-base64",
        "as its flag says",
        dumped(api_gateway_v2(body=base64_of(NOT_TEXT), isBase64Encoded=True)),
        AT.but(body=NOT_TEXT),
    ),
    reads("record/lambda-no-body", "there was none", dumped(api_gateway_v1(body=None)), AT.but(body=b"")),
    reads("record/alb", "a load balancer's", dumped(alb()), RECORD),
    reads(
        "record/alb-multi-value",
        "each value of a name",
        dumped(alb(headers=None, multiValueHeaders=lists_of(SIGNED) | {"X-A": ["1", "2"]})),
        RECORD.but(headers=(*SIGNED, ("X-A", "1"), ("X-A", "2"))),
    ),
    reads("record/in-a-line", "as a function prints its event", json.dumps(api_gateway_v2()), AT),
    reads("record/lines", "several", f"{json.dumps(alb())}\n{json.dumps(alb())}\n", RECORD, RECORD),
    reads("record/plain", "headers and body", json.dumps({"headers": dict(HEADERS), "body": TEXT}), PLAIN),
    reads(
        "record/plain-pairs",
        "headers as pairs",
        json.dumps({"method": "POST", "url": TARGET, "headers": [list(pair) for pair in HEADERS], "body": TEXT}),
        RECORD,
    ),
    reads(
        "record/plain-number",
        "a value that is a number is its digits",
        json.dumps({"headers": dict(SIGNED) | {"X-Overten-Timestamp": 1760000000}, "body": TEXT}),
        PLAIN.but(headers=SIGNED),
    ),
    reads(
        "record/plain-others-no-text",
        "values of other names that are no text are no headers",
        json.dumps({"headers": {"cookie": None, "secure": True, "a": {}} | dict(HEADERS), "body": TEXT}),
        PLAIN,
    ),
    reads(
        "record/empty-multi-value",
        "beside the headers that hold some",
        json.dumps({"multiValueHeaders": {}, "headers": dict(HEADERS), "body": TEXT}),
        PLAIN,
    ),
    reads(
        "record/plain-cut",
        "shorter than its length",
        json.dumps({"headers": dict(SIGNED) | {"Content-Length": "99"}, "body": TEXT}),
        PLAIN.but(headers=(*SIGNED, ("Content-Length", "99")), lacks=("body_cut",)),
    ),
    reads(
        "record/renamed",
        "headers that a host renamed",
        json.dumps({"headers": {"HTTP_X_OVERTEN_TIMESTAMP": "1760000000"}, "body": TEXT}),
        PLAIN.but(headers=(("HTTP_X_OVERTEN_TIMESTAMP", "1760000000"),)),
    ),
    reads(
        "record/raw-body",
        "beside the parsed one",
        json.dumps({"headers": dict(HEADERS), "body": json.loads(TEXT), "rawBody": TEXT}),
        PLAIN,
    ),
    reads(
        "record/buffer",
        "as Node prints one",
        json.dumps({"headers": dict(HEADERS), "body": {"type": "Buffer", "data": list(NOT_TEXT)}}),
        PLAIN.but(body=NOT_TEXT),
    ),
    reads("record/webhook-site", "one request", dumped(webhook_site()), RECORD.but(target=URL)),
    reads(
        "record/webhook-site-list",
        "the deliveries of a list",
        dumped({"data": [webhook_site(headers=[("host", "a")]), webhook_site()], "total": 2}),
        RECORD.but(target=URL),
    ),
    reads(
        "record/ngrok",
        "the request as it stood on the wire",
        dumped({"uri": "/api/requests/http", "requests": [ngrok(written())]}),
        REQUEST.but(received_at=1760000003),
    ),
    reads(
        "record/postman",
        "a collection with a folder",
        dumped(postman([*pairs_of(HEADERS), {"key": "X-Off", "value": "1", "disabled": True}])),
        RECORD.but(target=URL),
    ),
    reads("record/pipedream-text", "a body that is no JSON", dumped(pipedream(TEXT)), RECORD.but(target="/")),
    fails("record/pipedream", "a body that was parsed", dumped(pipedream(json.loads(TEXT))), "body_parsed"),
    fails(
        "record/parsed",
        "as a framework logs it",
        json.dumps({"headers": dict(HEADERS), "body": json.loads(TEXT)}),
        "body_parsed",
    ),
    fails(
        "record/capture-in-a-header",
        "what a sender wrote is no log",
        dumped(api_gateway_v2(headers=dict(HEADERS) | {"User-Agent": WHOLE}, body=...)),
        "no_body",
    ),
    fails(
        "record/capture-in-a-parsed-body",
        "nor is what stands in the body",
        dumped({"headers": dict(HEADERS), "body": json.loads(TEXT) | {"data": {"t": WHOLE}}}),
        "body_parsed",
    ),
    fails(
        "record/capture-in-a-logged-request",
        "nor of a request within a log's object",
        json.dumps({"level": 30, "req": {"headers": dict(HEADERS) | {"User-Agent": WHOLE}}}),
        "no_body",
    ),
    *(
        fails(
            f"record/parsed-{name}",
            "a body that happens to have a member that a recorder writes",
            json.dumps({"headers": dict(HEADERS), "body": body}),
            "body_parsed",
        )
        for name, body in [
            ("empty-list", {"event": "run.completed", "run_id": "r", "data": []}),
            ("list-of-numbers", {"event": "run.completed", "run_id": "r", "data": [1, 2, 3]}),
            ("raw", {"event": "run.completed", "run_id": "r", "raw": "hello"}),
            ("postman-file", {"mode": "file", "raw": "old", "file": {"src": "body.json"}}),
        ]
    ),
    fails("record/worker-tail", "`wrangler tail` has no body", dumped(tail()), "no_body"),
    fails("record/worker-tails", "of several requests", dumped(tail()) + "\n" + dumped(tail()), "no_body"),
    fails(
        "record/pino",
        "nor has a log of requests",
        json.dumps({"level": 30, "req": {"method": "POST", "url": TARGET, "headers": dict(SIGNED)}}),
        "no_body",
    ),
    fails("record/none-of-ours", "another's request", json.dumps({"headers": {"a": "b"}, "body": "x"}), "no_delivery"),
    fails(
        "record/header-no-text",
        "an object as a value",
        json.dumps({"headers": {"X-Overten-Timestamp": {}}, "body": "x"}),
        "member",
    ),
]
