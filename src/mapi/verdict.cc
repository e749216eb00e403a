#include "mapi/verdict.h"

#include <fmt/format.h>

#include <algorithm>

#include "mapi/grammar.h"
#include "mapi/records.h"
#include "model/tags.h"

namespace mk::mapi {
namespace {

namespace pid = model::pid;

constexpr std::string_view kTruncationMarker = "=== Truncated Data ===";

/// Passes bytes on and keeps their number and the last ones.
class TailSource final : public ByteSource {
 public:
  explicit TailSource(ByteSource& in) : in_(in) {}
  Result<std::size_t> read(std::span<std::byte> out) override {
    TRY_ASSIGN(const std::size_t n, in_.read(out));
    bytes_ += n;
    tail_.append(as_chars(Bytes(out).subspan(n - std::min(n, kTailBytes), std::min(n, kTailBytes))));
    if (tail_.size() > kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
    return n;
  }
  /// Reads to the end, for bytes() and tail().
  void drain() {
    std::array<std::byte, 16384> buffer;
    for (auto n = read(buffer); n && *n > 0; n = read(buffer)) {
    }
  }
  std::uint64_t bytes() const { return bytes_; }
  const ByteString& tail() const { return tail_; }

 private:
  static constexpr std::size_t kTailBytes = 128;
  ByteSource& in_;
  std::uint64_t bytes_ = 0;
  ByteString tail_;
};

/// Counts, and notes the few properties that speak about wholeness.
class Examiner final : public Visitor {
 public:
  std::uint64_t recipients = 0, attachments = 0;
  bool has_class = false, flagged_attachments = false;
  std::optional<std::uint64_t> error_at;

  Status begin(Element e, std::uint64_t at) override {
    if (e == Element::kEmbeddedMessage) ++embedding_;
    if (e == Element::kErrorInfo && !error_at) error_at = at;
    if (e == Element::kRecipient && embedding_ == 0) ++recipients;
    if (e == Element::kAttachment && embedding_ == 0) ++attachments;
    ++depth_;
    return ok;
  }
  Status end(Element e, std::uint64_t) override {
    if (e == Element::kEmbeddedMessage) --embedding_;
    --depth_;
    return ok;
  }
  Status property(Lexer& lexer) override {
    if (depth_ != 1) return ok;
    const model::PropTag tag = lexer.head().tag;
    if (tag.id() == pid::kMessageClass) has_class = true;
    if (tag == model::PropTag(pid::kMessageFlags, model::PropType::kInteger32)) {
      ByteString flags;
      TRY(lexer.read(4, flags));
      flagged_attachments = (load_le<std::int32_t>(flags.data()) & model::kFlagHasAttach) != 0;
    }
    return ok;
  }

 private:
  int depth_ = 0, embedding_ = 0;
};

Verdict not_whole(Verdict v, std::string evidence) {
  v.wholeness = Wholeness::kNotWhole;
  v.evidence = std::move(evidence);
  return v;
}

/// What the end of the raw data and its length say when it could not be read.
std::string name_damage(const TailSource& raw, const std::string& error) {
  if (raw.bytes() == 0) return "no data at all";
  if (raw.bytes() == 1 && raw.tail()[0] == '\0')
    return "a placeholder of one zero byte (AA==) instead of the item";
  if (raw.tail().find(kTruncationMarker) != ByteString::npos)
    return fmt::format("the server's truncation marker \"{}\" ends the data; {}", kTruncationMarker, error);
  return error;
}

/// A last buffer that is as full as buffers get: the stream may just as well go on behind it.
bool ends_in_full_buffer(std::uint64_t last_buffer) { return last_buffer + 1024 > kMaxTransferBuffer; }

/// Compares with item:Size, which counts about what the stream holds but not byte for byte.
void judge_size(Verdict& v, std::uint64_t size, std::uint64_t last_buffer) {
  const bool full = ends_in_full_buffer(last_buffer);
  const std::uint64_t plausible = full ? v.bytes + v.bytes / 128 + 512 : v.bytes + v.bytes / 4 + 16 * 1024;
  if (size <= plausible) {
    v.wholeness = Wholeness::kWhole;
    v.evidence += fmt::format("; the server's size of {} bytes agrees", size);
  } else if (size > 2 * v.bytes + 32 * 1024) {
    v.wholeness = Wholeness::kNotWhole;
    v.evidence = fmt::format("the server gives its size as {} bytes, but only {} are here; {}", size, v.bytes,
                             v.evidence);
  } else {
    v.wholeness = Wholeness::kCannotTell;
    v.evidence +=
        fmt::format("; the server's size of {} bytes is above that{}", size,
                    full ? ", and the data ends with a full buffer, behind which more may be missing" : "");
  }
}

void judge_facts(Verdict& v, const Examiner& seen, const ServerFacts& facts, std::uint64_t last_buffer) {
  v.evidence = fmt::format(
      "framing holds to the last byte, markers balance: {} bytes in {} records, {} recipients, {} "
      "attachments",
      v.bytes, v.records, v.recipients, v.attachments);
  if (!seen.has_class) {
    v = not_whole(v, "no message class in it, which every item has; " + v.evidence);
  } else if (v.attachments == 0 && facts.has_attachments.value_or(seen.flagged_attachments)) {
    const auto who = facts.has_attachments ? "the server says" : "its own message flags say";
    v = not_whole(v, fmt::format("{} that it has attachments, but none is here; {}", who, v.evidence));
  } else if (facts.size_bytes) {
    judge_size(v, *facts.size_bytes, last_buffer);
  } else {
    v.wholeness = Wholeness::kCannotTell;
    v.evidence += "; without the server's size nothing shows that it was not cut between two records";
  }
}

}  // namespace

std::string_view wholeness_name(Wholeness wholeness) {
  switch (wholeness) {
    case Wholeness::kWhole:
      return "whole";
    case Wholeness::kNotWhole:
      return "not whole";
    case Wholeness::kCannotTell:
      break;
  }
  return "cannot tell";
}

Verdict check_exported_item(ByteSource& framed, const ServerFacts& facts) {
  TailSource raw(framed);
  RecordReader records(raw);
  Lexer lexer(records);
  Examiner seen;
  const Status parsed = parse(lexer, Root::kMessageContent, seen);
  Verdict v;
  v.bytes = parsed ? records.inner_bytes() : lexer.position();
  v.records = records.records();
  v.recipients = seen.recipients;
  v.attachments = seen.attachments;
  if (!parsed) {
    raw.drain();
    return not_whole(std::move(v), name_damage(raw, parsed.error().what));
  }
  if (v.bytes == 0) return not_whole(std::move(v), "record framing without any TransferBuffer bytes");
  if (seen.error_at)
    return not_whole(
        std::move(v),
        fmt::format("FXErrorInfo at offset {}: the server reports that it could not read the item",
                    *seen.error_at));
  judge_facts(v, seen, facts, records.last_buffer());
  return v;
}

Verdict check_stream(ByteSource& bare, Root root) {
  TailSource raw(bare);
  Lexer lexer(raw);
  Examiner seen;
  const Status parsed = parse(lexer, root, seen);
  Verdict v;
  v.bytes = lexer.position();
  v.recipients = seen.recipients;
  v.attachments = seen.attachments;
  if (!parsed) {
    raw.drain();
    return not_whole(std::move(v), name_damage(raw, parsed.error().what));
  }
  if (seen.error_at)
    return not_whole(std::move(v),
                     fmt::format("FXErrorInfo at offset {}: the server reports an error", *seen.error_at));
  const bool has_end = markers_of(element_of(root)).end != Marker::kNone;
  v.wholeness = has_end ? Wholeness::kWhole : Wholeness::kCannotTell;
  v.evidence = fmt::format(
      "markers balance over {} bytes: {} recipients, {} attachments{}", v.bytes, v.recipients, v.attachments,
      has_end ? ", and the end marker is the last thing in it"
              : fmt::format("; a bare {} has no end marker, so a cut between two elements does not show",
                            root_name(root)));
  return v;
}

}  // namespace mk::mapi
