#include "ews/soap_reader.h"

#include "base/text.h"

namespace mk::ews {
namespace {

ServerInfo read_server_info(const Element& e) {
  const auto number = [&](std::string_view name) {
    return static_cast<unsigned>(std::min<std::uint64_t>(to_unsigned(e.attribute(name)).value_or(0), 0xFFFF));
  };
  return {std::string(e.attribute("Version")), number("MajorVersion"), number("MinorVersion"),
          number("MajorBuildNumber")};
}

}  // namespace

/// Which part of the answer an element that opens at the present depth begins.
SoapReader::Part SoapReader::part_at(std::string_view name) const {
  if (depth_ == 3 && second_ == "Header") return Part::kHeader;
  if (depth_ == 3 && second_ == "Body" && name == "Fault") return Part::kFault;
  if (depth_ == 5 && second_ == "Body" && name.ends_with("ResponseMessage")) return Part::kMessage;
  return Part::kNone;
}

Status SoapReader::start_element(std::string_view name, const XmlAttributes& attributes) {
  ++depth_;
  if (depth_ == 1) {
    is_soap_ = name == "Envelope";
    if (!is_soap_)
      return Error{Code::kInvalid, "XML that is not SOAP (its root is <" + printable(name) + ">)"};
  }
  if (depth_ == 2) second_ = name;
  if (part_ == Part::kNone) {
    part_ = part_at(name);
    part_depth_ = depth_;
    if (part_ == Part::kNone) return ok;
  }
  const bool is_data = part_ == Part::kMessage && depth_ == part_depth_ + 1 && name == "Data";
  if (is_data && handler_.streams_data()) {
    data_depth_ = depth_;
    return handler_.begin_data(builder_.so_far());
  }
  return data_depth_ != 0 ? Status(ok) : builder_.start(name, attributes);
}

Status SoapReader::text(std::string_view text) {
  if (data_depth_ != 0) return depth_ == data_depth_ ? handler_.data(text) : Status(ok);
  return part_ == Part::kNone ? Status(ok) : builder_.text(text);
}

Status SoapReader::end_element(std::string_view) {
  const int depth = depth_--;
  if (data_depth_ != 0) {
    if (depth != data_depth_) return ok;
    data_depth_ = 0;
    return handler_.end_data();
  }
  return part_ != Part::kNone && builder_.end() ? finish_part() : Status(ok);
}

Status SoapReader::finish_part() {
  const Element e = builder_.take();
  const Part part = std::exchange(part_, Part::kNone);
  if (part == Part::kHeader && e.name == "ServerVersionInfo") server_ = read_server_info(e);
  if (part == Part::kFault) fault_ = read_fault(e);
  if (part != Part::kMessage) return ok;
  ++n_messages_;
  return handler_.message(e);
}

}  // namespace mk::ews
