#include "pst/check/message_check.h"

namespace mk::pst::check {
namespace {

constexpr std::uint16_t kInteger = 0x03, kObject = 0x0D, kText = 0x1F, kTime = 0x40, kBinary = 0x102;
constexpr std::uint16_t kSubject = 0x0037, kFlags = 0x0E07, kSize = 0x0E08, kAttachSize = 0x0E20,
                        kPayload = 0x3701, kMethod = 0x3705, kHidden = 0x7FFE;
constexpr int kMaxDepth = 64;
constexpr std::uint16_t kRowOnly[] = {0x67F2, 0x67F3};

std::uint16_t text_type(const Medium& m) { return static_cast<std::uint16_t>(own_tag(kText, m)); }

}  // namespace

bool check_property(const Properties& pc, std::uint16_t id, std::uint16_t type, std::size_t bytes,
                    RuleId rule, Findings& out, const Where& where) {
  const Value* v = pc.find(id);
  const Where property{&where, "property", id, ""};
  if (v == nullptr)
    out.add(rule, property, "there", "missing");
  else if (v->type != type)
    out.equal(rule, {&property, "", 0, "type"}, v->type, type);
  else if (bytes != 0 && v->size != bytes)
    out.equal(rule, {&property, "", 0, "size"}, v->size, bytes);
  else
    return true;
  return false;
}

void check_names(const Properties& pc, const Names& names, Findings& out, const Where& where) {
  for (const auto& [id, value] : pc.all())
    out.expect(names.has(id), "names.unknown-id", {&where, "property", id, ""}, "a name", "none");
}

Result<MessageCheck::Checked> MessageCheck::run(const NodeRef& node, const Where& where, int depth) {
  Checked done;
  TRY_ASSIGN(done.pc, Properties::read(blocks_, node.data, node.sub, out_, where));
  if (!done.pc || depth > kMaxDepth) {
    done.bytes = node_bytes(blocks_, node.data, node.sub);
    return done;
  }
  const Properties& pc = *done.pc;
  check_properties(pc, where);
  done.bytes = Data::open(blocks_, node.data).size();
  for (const NodeRef& n : pc.subnodes()) {
    if (n.nid.type() == NidType::kAttachment) continue;  // below
    done.bytes += node_bytes(blocks_, n.data, n.sub);
    const bool has_place =
        n.nid.type() == NidType::kLtp || n.nid == nid::kRecipientTable || n.nid == nid::kAttachmentTable;
    out_.expect(has_place, "message.subnode", {&where, "subnode", n.nid.value, ""},
                "a table, attachment or value", n.nid.value);
  }
  TRY(check_recipients(pc.subnodes().find(nid::kRecipientTable), pc, where));
  TRY_ASSIGN(const std::uint64_t attachments, check_attachments(pc, where, depth));
  done.bytes += attachments;
  out_.equal("message.size", where, pc.integer(kSize), std::min<std::uint64_t>(done.bytes, 0x7FFFFFFF));
  return done;
}

void MessageCheck::check_properties(const Properties& pc, const Where& where) {
  const Medium& m = blocks_.medium();
  constexpr RuleId kRule("message.property");
  check_property(pc, 0x001A, text_type(m), 0, kRule, out_, where);
  check_property(pc, kFlags, kInteger, 4, kRule, out_, where);
  check_property(pc, kSize, kInteger, 4, kRule, out_, where);
  check_property(pc, 0x3007, kTime, 8, kRule, out_, where);
  check_property(pc, 0x3008, kTime, 8, kRule, out_, where);
  check_property(pc, 0x300B, kBinary, 16, kRule, out_, where);
  for (const auto id : std::to_array<std::uint16_t>({0x0E02, 0x0E03, 0x0E04}))
    if (const Value* v = pc.find(id))
      out_.expect(v->size > 0, "message.empty-display", {&where, "property", id, ""}, "text or no property",
                  "empty");
  const Value* subject = pc.find(kSubject, text_type(m));
  if (subject != nullptr && !subject->bytes.empty()) {
    const ByteString mark = m.ansi() ? ByteString("\1", 1) : ByteString("\1\0", 2);
    out_.expect(subject->bytes.substr(0, mark.size()) == mark, "message.subject-mark", where, "U+0001 first",
                shown(as_bytes(subject->bytes)).c_str());
  }
  check_names(pc, names_, out_, where);
}

Status MessageCheck::check_recipients(const NodeRef* node, const Properties& pc, const Where& where) {
  if (node == nullptr) {
    const Value* c = pc.find(0x001A);
    const ByteString name = c != nullptr ? c->bytes : ByteString();
    const ByteString mail = blocks_.medium().ansi() ? "IPM.Note" : ByteString("I\0P\0M\0.\0N\0o\0t\0e\0", 16);
    const bool is_mail = name == mail;
    if (is_mail) out_.add("message.recipients", where, "subnode 0x692", "none");
    if (!is_mail) out_.add("message.no-recipients", where, "subnode 0x692", "none");
    return ok;
  }
  const Where here{&where, "subnode", node->nid.value, ""};
  auto table = Table::open(blocks_, node->data, node->sub, out_, here);
  if (!table) return ok;
  check_columns(*table, NidType::kRecipientTable, "table.columns", blocks_.medium(), out_, here);
  const auto take = [&](std::uint32_t, Bytes row, const Where& at) {
    check_recipient(*table, row, at);
    return Status(ok);
  };
  return table->visit(take, here);
}

void MessageCheck::check_recipient(Table& table, Bytes row, const Where& where) {
  check_values(table, row, where);
  for (const auto& c : table.columns())
    if (table.is_set(c, row))
      out_.expect(names_.has(static_cast<std::uint16_t>(c.tag >> 16)), "names.unknown-id",
                  {&where, "column", c.tag, ""}, "a name", "none");
  constexpr std::uint32_t kTypeTag = 0x0C150003, kGreatest = 3, kResendFlags = 0x90000000;
  constexpr std::uint32_t kNone = ~kResendFlags;
  const std::uint32_t type = table.integer(kTypeTag, row).value_or(kNone);
  out_.expect((type & ~kResendFlags) <= kGreatest, "recipient.type", where, "originator, to, cc or bcc",
              type);
}

Result<std::uint64_t> MessageCheck::check_attachments(const Properties& message, const Where& where,
                                                      int depth) {
  Attachments all{{}, {}, where, depth};
  for (const NodeRef& n : message.subnodes())
    if (n.nid.type() == NidType::kAttachment) all.nodes.push_back(n);
  all.seen.resize(all.nodes.size());
  const NodeRef* table = message.subnodes().find(nid::kAttachmentTable);
  const bool any = !all.nodes.empty();
  if (table != nullptr && !any) out_.add("message.attachment-table", where, "no subnode 0x671", "one");
  if (table != nullptr) TRY(check_rows(*table, all));
  for (std::size_t i = 0; i < all.nodes.size() && !blocks_.exhausted(); ++i) {
    if (all.seen[i]) continue;
    out_.add("attachment.row-missing", {&where, "attachment", all.nodes[i].nid.value, ""}, "a row",
             table == nullptr ? "no table" : "none");
    TRY(check_attachment(i, all));
  }
  const bool flag = (message.integer(kFlags) & 0x10) != 0;
  out_.expect(flag == any || (any && all.hidden), "message.has-attachments", where,
              any ? "bit 0x10 set" : "bit 0x10 clear", message.integer(kFlags));
  return all.bytes;
}

Status MessageCheck::check_rows(const NodeRef& node, Attachments& all) {
  const Where here{&all.message, "subnode", node.nid.value, ""};
  auto table = Table::open(blocks_, node.data, node.sub, out_, here);
  if (!table) return ok;
  check_columns(*table, NidType::kAttachmentTable, "table.columns", blocks_.medium(), out_, here);
  const auto take = [&](std::uint32_t id, Bytes row, const Where& at) -> Status {
    const auto it = std::lower_bound(all.nodes.begin(), all.nodes.end(), Nid(id),
                                     [](const NodeRef& n, Nid wanted) { return n.nid < wanted; });
    const auto i = static_cast<std::size_t>(it - all.nodes.begin());
    const bool there = it != all.nodes.end() && it->nid == Nid(id) && !all.seen[i];
    out_.expect(there, "attachment.row-extra", at, "an attachment", id);
    if (!there) return ok;
    all.seen[i] = true;
    TRY_ASSIGN(const auto pc, check_attachment(i, all));
    if (pc)
      check_cells(blocks_, *table, row, *pc, {"attachment.cell", "attachment.cell-missing", kRowOnly}, out_,
                  at);
    return ok;
  };
  return table->visit(take, here);
}

Result<std::optional<Properties>> MessageCheck::check_attachment(std::size_t i, Attachments& all) {
  const NodeRef& node = all.nodes[i];
  const Where where{&all.message, "attachment", node.nid.value, ""};
  all.bytes += Data::open(blocks_, node.data).size();
  TRY_ASSIGN(auto pc, Properties::read(blocks_, node.data, node.sub, out_, where));
  if (!pc) {
    all.bytes += node_bytes(blocks_, Bid(), node.sub);
    return pc;
  }
  for (const std::uint16_t id : {kAttachSize, kMethod, std::uint16_t{0x370B}})
    check_property(*pc, id, kInteger, 4, "attachment.property", out_, where);
  std::uint64_t size = 0;
  for (const auto& [id, v] : pc->all()) size += v.type == kObject ? v.object.ulSize : v.size;
  if (pc->find(kAttachSize) != nullptr)
    out_.equal("attachment.size", where, pc->integer(kAttachSize), std::min<std::uint64_t>(size, 0x7FFFFFFF));
  check_names(*pc, names_, out_, where);
  all.hidden = all.hidden && pc->integer(kHidden) == 1;
  TRY_ASSIGN(const std::uint64_t below, check_payload(*pc, where, all.depth));
  all.bytes += below;
  return pc;
}

/// Gives the bytes of all subnodes.
Result<std::uint64_t> MessageCheck::check_payload(const Properties& pc, const Where& where, int depth) {
  constexpr std::uint32_t kByValue = 1, kEmbedded = 5, kOle = 6;
  const Value* payload = pc.find(kPayload);
  const std::uint32_t method = pc.integer(kMethod);
  const bool is_object = payload != nullptr && payload->type == kObject;
  if (payload != nullptr && method == kByValue)
    out_.expect(payload->type == kBinary, "attachment.payload", where, "PtypBinary for method 1",
                payload->type);
  if (method == kEmbedded || (payload != nullptr && method == kOle))
    out_.expect(is_object, "attachment.payload", where, "PtypObject for this method",
                payload == nullptr ? 0 : payload->type);
  if (is_object && method == kEmbedded)
    out_.expect((payload->object.Nid & 0x1F) == 4, "attachment.payload", where, "a message",
                payload->object.Nid);
  std::uint64_t total = 0;
  for (const NodeRef& n : pc.subnodes()) {
    const Where at{&where, "subnode", n.nid.value, ""};
    std::uint64_t bytes = 0;
    if (is_object && method == kEmbedded && n.nid.value == payload->object.Nid) {
      TRY_ASSIGN(const Checked message, run(n, at, depth + 1));
      bytes = message.bytes;
    } else {
      bytes = node_bytes(blocks_, n.data, n.sub);
    }
    if (is_object && n.nid.value == payload->object.Nid)
      out_.equal("attachment.object-size", at, payload->object.ulSize, bytes);
    total += bytes;
  }
  return total;
}

}  // namespace mk::pst::check
