#include "ews/upload_items.h"

#include <fmt/format.h>

#include "ews/body.h"
#include "ews/request.h"

namespace mk::ews {
namespace {

class UploadHandler final : public MessageHandler {
 public:
  Status message(const Element& m) override {
    const Element* id = m.child("ItemId");
    if (auto status = status_of(m); !status)
      results.emplace_back(std::move(status).error().in("UploadItems"));
    else if (id == nullptr || id->attribute("Id").empty())
      results.emplace_back(Error{Code::kCorrupt, "UploadItems: the answer has no ItemId"});
    else
      results.emplace_back(
          model::CreatedItem{{std::string(id->attribute("Id"))}, {std::string(id->attribute("ChangeKey"))}});
    return ok;
  }
  std::vector<Result<model::CreatedItem>> results;
};

std::string item_begin(const model::Upload& item) {
  const bool is_new = item.replaces.empty();
  return fmt::format(R"(<t:Item CreateAction="{}"{}><t:ParentFolderId Id="{}"/>{}<t:Data>)",
                     is_new ? "CreateNew" : "Update", item.associated ? R"( IsAssociated="true")" : "",
                     escape(item.folder.value),
                     is_new ? "" : fmt::format(R"(<t:ItemId Id="{}"/>)", escape(item.replaces.value)));
}

}  // namespace

BlobPtr upload_request(const Session& session, const std::vector<model::Upload>& items) {
  std::vector<BlobPtr> parts;
  std::string text = request_begin(session) + "<m:UploadItems><m:Items>";
  for (const model::Upload& item : items) {
    text += item_begin(item);
    parts.push_back(make_memory_blob(std::exchange(text, {})));
    parts.push_back(base64_text(item.stream));
    text = "</t:Data></t:Item>";
  }
  text += "</m:Items></m:UploadItems>";
  text += kRequestEnd;
  parts.push_back(make_memory_blob(std::move(text)));
  return concatenate(std::move(parts));
}

Result<std::vector<Result<model::CreatedItem>>> upload_items(Session& session,
                                                             const std::vector<model::Upload>& items) {
  UploadHandler handler;
  TRY(call(session, {.operation = "UploadItems", .body = upload_request(session, items), .once = true},
           handler));
  if (handler.results.size() == items.size()) return std::move(handler.results);
  return Error{Code::kCorrupt, fmt::format("UploadItems: the server gave {} answers to {} items",
                                           handler.results.size(), items.size())};
}

}  // namespace mk::ews
