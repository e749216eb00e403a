"""docs/api.json as a judge: what is sent to the agent and what it answers must be what the document says."""

import json
import re
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from jsonschema import Draft202012Validator, RefResolver


class ApiDocument:
    def __init__(self, text):
        self.document = json.loads(text)
        self.resolver = RefResolver.from_schema(self.document)
        self.called = set()

    def operations(self):
        return {(m.upper(), p) for p, methods in self.document["paths"].items() for m in methods}

    def find(self, method, path):
        """(template, operation) of a request; templates without variables go first."""
        path = path.split("?")[0]
        for template in sorted(self.document["paths"], key=lambda t: t.count("{")):
            pattern = "/".join("[^/]+" if part.startswith("{") else re.escape(part) for part in template.split("/"))
            if re.fullmatch(pattern, path) and method.lower() in self.document["paths"][template]:
                return template, self.document["paths"][template][method.lower()]
        raise AssertionError(f"{method} {path} is not in the document")

    def validate(self, schema, value, what):
        errors = list(Draft202012Validator(schema, resolver=self.resolver).iter_errors(value))
        if errors:
            raise AssertionError(f"{what}: {errors[0].message} at {list(errors[0].path)}\n{json.dumps(value)[:2000]}")

    def check_request(self, method, path, body):
        template, operation = self.find(method, path)
        for name, value in re.findall(r"[?&](\w+)=([^&]*)", path):
            known = [p for p in operation.get("parameters", []) if p["in"] == "query" and p["name"] == name]
            if not known:
                raise AssertionError(f"{method} {template} has no parameter {name}")
        if body is None:
            if operation.get("requestBody", {}).get("required"):
                raise AssertionError(f"{method} {template} needs a body")
            return
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        self.validate(schema, body, f"request {method} {template}")

    def check_answer(self, method, path, status, content_type, text):
        template, operation = self.find(method, path)
        answer = operation["responses"].get(str(status))
        if answer is None:
            if status < 400:
                raise AssertionError(f"{method} {template}: {status} is not in the document")
            answer = self.document["components"]["responses"]["Error"]
        else:
            self.called.add((method, template))
        if "content" not in answer:
            if text:
                raise AssertionError(f"{method} {template}: {status} has a body: {text[:200]}")
            return
        kind = content_type.split(";")[0]
        if kind not in answer["content"]:
            raise AssertionError(f"{method} {template}: {kind} is not in the document")
        if kind == "application/json":
            self.validate(answer["content"][kind]["schema"], json.loads(text), f"answer {status} of {method} {template}")
