#pragma once
// Private to sim: what an operation gets, and how it answers.
#include <optional>

#include "sim/answer.h"
#include "sim/world.h"
#include "sim/xml.h"

namespace mk::sim {

/// A ResponseCode and its text, for one response message.
struct Problem {
  std::string code, text;
};
/// With the text that Exchange gives for that code.
Problem problem(std::string_view code);

/// A value, or the problem why there is none.
template <class T>
struct Outcome {
  std::optional<T> value;
  Problem why;
  Outcome(T v) : value(std::move(v)) {}
  Outcome(Problem p) : why(std::move(p)) {}
  explicit operator bool() const { return value.has_value(); }
  T& operator*() { return *value; }
  T* operator->() { return &*value; }
};

/// The whole request fails.
struct SoapFault {
  std::string code, text;
  std::int64_t back_off_ms = -1;
};
/// As Exchange words them.
SoapFault schema_fault(std::string_view why);
SoapFault missing_child(std::string_view element, std::string_view expected);
SoapFault bad_enumeration(std::string_view attribute, std::string_view value, std::string_view type);
std::string fault_envelope(const World& world, const SoapFault& fault);

/// One request while it is being answered.
struct Call {
  World& world;
  const User& user;
  Mailbox* self = nullptr;  // the mailbox that is acted for: the user's own, or the impersonated one
  bool impersonated = false;
  Version version = Version::k2007;
  std::string operation;
  pugi::xml_node request;  // the operation's element
  Answer& out;
  Count& count;

  /// <m:XResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>
  void begin_message();
  /// The same with ResponseClass="Warning"; also ended by end_message().
  void begin_warning(const Problem& p);
  void end_message();
  void error_message(const Problem& p, std::string_view rest = {});
  /// Fires faults that concern one item (or, with no item, the place).
  std::vector<Fault> faults(std::initializer_list<FaultKind> kinds, const FaultPlace& place = {});
};
using OpResult = std::optional<SoapFault>;

void open_envelope(const World& world, std::string_view operation, Answer& out);
void close_envelope(std::string_view operation, Answer& out);

struct FolderPlace {
  Mailbox* mailbox = nullptr;
  Folder* folder = nullptr;
};
struct ItemPlace {
  Mailbox* mailbox = nullptr;
  Item* item = nullptr;
};
/// t:FolderId or t:DistinguishedFolderId, with rights checked.
/// Problems: ErrorInvalidIdMalformed, ErrorFolderNotFound, ErrorNonExistentMailbox, ErrorAccessDenied ...
Outcome<FolderPlace> find_folder(Call& call, pugi::xml_node id);
/// t:ItemId, with rights checked.
Outcome<ItemPlace> find_item(Call& call, pugi::xml_node id);
/// By the text of an id; `change_key` may be empty.
Outcome<ItemPlace> find_item(Call& call, std::string_view id, std::string_view change_key);
bool may_access(const Call& call, const Mailbox& mailbox);
/// True for a name of DistinguishedFolderIdNameType.
bool is_distinguished_name(std::string_view name);

}  // namespace mk::sim
