#include "pst/subject_mark.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "model/tags.h"

namespace mk::pst {
namespace {

std::string subject_after(std::string_view stored) {
  model::Item item;
  item.properties.set_text(model::pid::kSubject, stored);
  item.attachments.emplace_back().embedded = std::make_unique<model::Item>();
  item.attachments[0].embedded->properties.set_text(model::pid::kSubject, stored);
  remove_subject_marks(item);
  const auto inner = item.attachments[0].embedded->properties.get_text(model::pid::kSubject);
  EXPECT_EQ(item.properties.get_text(model::pid::kSubject), inner);
  return *inner;
}

TEST(SubjectMark, IsTakenOffTheItemAndWhatItEmbeds) {
  EXPECT_EQ(subject_after("\x01\x05RE: lunch"), "RE: lunch");
  EXPECT_EQ(subject_after("\x01\x01lunch"), "lunch");
  EXPECT_EQ(subject_after("\x01\x01"), "");
}

TEST(SubjectMark, IsTakenOffEightBitTextToo) {
  for (const auto& [stored, wanted] :
       {std::pair("\x01\x05RE: lunch", "RE: lunch"), std::pair("lunch", "lunch")}) {
    model::Item item;
    item.properties.add(model::PropTag(model::pid::kSubject, model::PropType::kString8), stored);
    remove_subject_marks(item);
    EXPECT_EQ(item.properties.get_text(model::pid::kSubject), wanted);
  }
}

TEST(SubjectMark, LeavesOtherSubjectsAlone) {
  EXPECT_EQ(subject_after("lunch"), "lunch");
  EXPECT_EQ(subject_after("\x01"), "\x01");
  EXPECT_EQ(subject_after(""), "");
}

}  // namespace
}  // namespace mk::pst
