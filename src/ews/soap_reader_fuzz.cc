// Any bytes are read as the answer of a server, in pieces whose size the first byte gives.
#include "ews/soap_reader.h"

#include <algorithm>

#include "ews/folder_info.h"
#include "ews/item_info.h"

namespace {

class Touch final : public mk::ews::MessageHandler {
 public:
  bool streams_data() const override { return true; }
  mk::Status data(std::string_view base64) override {
    bytes_.clear();
    return decoder_.feed(base64, bytes_);
  }
  mk::Status message(const mk::ews::Element& m) override {
    (void)mk::ews::status_of(m);
    for (const auto& part : m.children)
      for (const auto& e : part.children) (void)mk::ews::read_item(e), (void)mk::ews::read_folder(e);
    return mk::ok;
  }

 private:
  mk::Base64Decoder decoder_;
  mk::ByteString bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = data[0] + std::size_t{1};
  auto rest = std::as_bytes(std::span(data, size)).subspan(1);
  Touch touch;
  mk::ews::SoapReader reader(touch);
  mk::Status status = mk::ok;
  for (; status && !rest.empty(); rest = rest.subspan(std::min(piece, rest.size())))
    status = reader.feed(rest.first(std::min(piece, rest.size())));
  if (status) status = reader.finish();
  return 0;
}
