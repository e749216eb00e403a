#include "sim/service.h"

#include <fmt/format.h>

#include "sim/operations.h"

namespace mk::sim {
namespace {

constexpr int kMaxDepth = 64;

net::HttpReply xml_reply(unsigned status, std::string body) {
  net::HttpReply reply;
  reply.status = status;
  reply.content_type = "text/xml; charset=utf-8";
  reply.body = std::move(body);
  return reply;
}

net::HttpReply fault_reply(World& world, const SoapFault& fault) {
  return xml_reply(500, fault_envelope(world, fault));
}

net::HttpReply unauthorized() {
  net::HttpReply reply;
  reply.status = 401;
  reply.content_type.clear();
  reply.headers.emplace_back("WWW-Authenticate", "Basic realm=\"localhost\"");
  return reply;
}

const User* authenticate(const World& world, const net::HttpRequest& request) {
  const std::string_view given = request.header("Authorization");
  if (lower_case(given.substr(0, 6)) != "basic ") return nullptr;
  const auto decoded = from_base64(given.substr(6));
  if (!decoded) return nullptr;
  const auto colon = decoded->find(':');
  if (colon == std::string::npos) return nullptr;
  return world.user(decoded->substr(0, colon), decoded->substr(colon + 1));
}

/// Everything about a request before its operation is known to be one.
struct Envelope {
  pugi::xml_document document;
  pugi::xml_node header, operation;
};

OpResult parse_envelope(std::string& body, Envelope& out) {
  const auto parsed =
      out.document.load_buffer_inplace(body.data(), body.size(), pugi::parse_default | pugi::parse_ws_pcdata);
  if (!parsed) return schema_fault(parsed.description());
  const auto root = xml::first(out.document);
  if (xml::local_name(root) != "Envelope") return schema_fault("The root element is not a SOAP envelope.");
  out.header = xml::child(root, "Header");
  out.operation = xml::first(xml::child(root, "Body"));
  if (!out.operation) return schema_fault("The SOAP body is empty.");
  return {};
}

/// What a validating server says about values of simple types wherever they stand.
OpResult check_simple_types(pugi::xml_node node, int depth) {
  if (depth > kMaxDepth) return schema_fault("Elements are nested too deeply.");
  for (auto n = xml::first(node); n; n = xml::next(n)) {
    const std::string id = xml::attribute(n, "Id");
    if (xml::local_name(n) == "DistinguishedFolderId" && !is_distinguished_name(id))
      return bad_enumeration("Id", id, "DistinguishedFolderIdNameType");
    if (auto fault = check_simple_types(n, depth + 1)) return fault;
  }
  return {};
}

struct Negotiated {
  Version version = Version::k2007;
  OpResult fault;
};

Negotiated negotiate(const World& world, pugi::xml_node header) {
  const auto wanted = xml::child(header, "RequestServerVersion");
  if (!wanted) return {world.versions.front(), {}};  // the oldest that the server knows
  const auto* known = version_named(xml::attribute(wanted, "Version"));
  if (known != nullptr &&
      std::find(world.versions.begin(), world.versions.end(), known->version) != world.versions.end())
    return {known->version, {}};
  return {Version::k2007,
          SoapFault{"ErrorInvalidServerVersion", "The specified server version is invalid.", -1}};
}

struct Actor {
  Mailbox* mailbox = nullptr;
  bool impersonated = false;
  OpResult fault;
};

Actor act_as(World& world, const User& user, pugi::xml_node header) {
  const auto sid = xml::first(xml::child(xml::child(header, "ExchangeImpersonation"), "ConnectingSID"));
  if (!sid) return {world.mailbox(user.own), false, {}};
  const auto refuse = [](std::string_view code) {
    return Actor{nullptr, true, SoapFault{problem(code).code, problem(code).text, -1}};
  };
  if (!user.may_impersonate) return refuse("ErrorImpersonateUserDenied");
  Mailbox* mailbox = world.mailbox(xml::own_text(sid));
  if (mailbox == nullptr) return refuse("ErrorNonExistentMailbox");
  return {mailbox, true, {}};
}

/// Faults of the whole request. True when the operation is not to run.
bool spoil_request(Call& call, net::HttpReply& reply) {
  using enum FaultKind;
  bool stop = false;
  for (const auto& f : call.faults({kBusy, kUnauthorized, kUnavailable, kReset, kTrickle, kDelay})) {
    const auto replace = [&](net::HttpReply with) {
      with.delay = reply.delay;
      reply = std::move(with);
      stop = true;
    };
    if (f.kind == kDelay) reply.delay += std::chrono::milliseconds(f.milliseconds);
    if (f.kind == kReset) reply.reset_after_bytes = f.bytes;
    if (f.kind == kTrickle) reply.bytes_per_second = std::max<std::uint64_t>(1, f.bytes);
    if (f.kind == kUnauthorized) replace(unauthorized());
    if (f.kind == kBusy)
      replace(fault_reply(call.world, {"ErrorServerBusy",
                                       "The server cannot service this request right now. Try again later.",
                                       f.milliseconds}));
    if (f.kind == kUnavailable) {
      net::HttpReply busy;
      busy.status = 503;
      busy.body = "The service is unavailable.";
      replace(std::move(busy));
    }
  }
  return stop;
}

void run_operation(Call& call, const Operation& operation, net::HttpReply& reply) {
  open_envelope(call.world, call.operation, call.out);
  if (const OpResult fault = operation.run(call)) {
    ++call.count.errors;
    reply.status = 500;
    reply.body = fault_envelope(call.world, *fault);
    call.count.reply_bytes += reply.body.size();
    return;
  }
  close_envelope(call.operation, call.out);
  call.count.reply_bytes += call.out.total_bytes();
  if (call.out.has_blobs())
    reply.stream = call.out.take_stream();
  else
    reply.body = call.out.take_text();
}

net::HttpReply answer_ews(World& world, const User& user, std::string body) {
  const std::size_t request_bytes = body.size();
  Envelope envelope;
  auto fault = parse_envelope(body, envelope);
  const Negotiated negotiated = negotiate(world, envelope.header);
  if (!fault) fault = negotiated.fault;
  if (!fault) fault = check_simple_types(envelope.operation, 0);
  const std::lock_guard lock(world.mutex);
  const std::string name(xml::local_name(envelope.operation));
  const Operation* operation = fault ? nullptr : operation_named(name);
  Count& count = world.counts[operation == nullptr ? "other" : name];
  ++count.requests;
  count.request_bytes += request_bytes;
  if (!fault && (operation == nullptr || operation->since > negotiated.version))
    fault = schema_fault(fmt::format("The element 'Body' has invalid child element '{}'.", name));
  if (fault) return fault_reply(world, *fault);
  const Actor actor = act_as(world, user, envelope.header);
  if (actor.fault) return fault_reply(world, *actor.fault);
  Answer out;
  Call call{world, user, actor.mailbox, actor.impersonated, negotiated.version, name, envelope.operation,
            out,   count};
  net::HttpReply reply = xml_reply(200, {});
  if (!spoil_request(call, reply)) run_operation(call, *operation, reply);
  return reply;
}

}  // namespace

std::uint64_t request_limit(Version server) { return server >= Version::k2013 ? 64ULL << 20 : 25ULL << 20; }

// IIS request filtering guards 2013 and later (404.13); before that WCF's maxReceivedMessageSize is the lower
// limit.
unsigned too_large_status(Version server) { return server >= Version::k2013 ? 404 : 413; }

std::string too_large_page(Version server) {
  if (server < Version::k2013) return {};
  return "<html><body><h2>HTTP Error 404.13 - Not Found</h2><p>The request filtering module is configured to "
         "deny a "
         "request that exceeds the request content length.</p></body></html>";
}

net::HttpReply answer_request(World& world, net::HttpRequest request) {
  if (request.path.starts_with("/admin/")) return answer_admin(world, request);
  net::HttpReply reply;
  if (lower_case(request.path) != "/ews/exchange.asmx") {
    reply.status = 404;
    reply.body = "404 - File or directory not found.";
    return reply;
  }
  const User* user = authenticate(world, request);
  if (user == nullptr) return unauthorized();
  if (request.method != "POST") {  // what a browser sees
    reply.content_type = "text/html; charset=utf-8";
    reply.body = "<html><body>You have created a service.</body></html>";
    return reply;
  }
  return answer_ews(world, *user, std::move(request.body));
}

}  // namespace mk::sim
