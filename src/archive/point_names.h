#pragma once
#include "vault/vault.h"

namespace mk::archive {

/// Names of points in a vault.  docs/formats/archive.md, "Names of points"

/// A restore point of a mailbox.
struct MailPoint {
  std::string mailbox;
  std::string name;  // within the mailbox: 2026-11-22T20-00-00Z-full
  vault::Point point;
};
/// A piece of an unfinished run.
struct Piece {
  std::string mailbox;
  std::string run;  // the name that its point will have
  std::uint64_t n = 0;
  vault::Point point;
};

std::string point_name(const std::string& mailbox, const std::string& name);
std::string piece_name(const std::string& mailbox, const std::string& run, std::uint64_t n);

/// What a point with PSTs is called while they are compared with what they were made of.
std::string unchecked_name(const std::string& mailbox, const std::string& name);

/// The restore points of a mailbox (empty: of all), sorted by mailbox and name; of two with one name the one
/// that was committed last.
std::vector<MailPoint> mail_points(const std::vector<vault::Point>& points, const std::string& mailbox = {});
/// Points of a mailbox that were left unchecked.
std::vector<vault::Point> unchecked_points(const std::vector<vault::Point>& points,
                                           const std::string& mailbox);
/// All pieces of a mailbox, by run and number.
std::vector<Piece> pieces_of(const std::vector<vault::Point>& points, const std::string& mailbox);

}  // namespace mk::archive
