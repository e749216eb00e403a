#include "mapi/lexer.h"

// The lexer alone: any bytes give tokens or an error, and every value can be read in pieces.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mk;
  using namespace mk::mapi;
  auto in = make_memory_source(std::as_bytes(std::span(data, size)));
  Lexer lexer(*in);
  for (;;) {
    const auto token = lexer.next();
    if (!token || token->kind == Token::kEnd) break;
    if (token->kind == Token::kMarker) continue;
    const bool is_array =
        lexer.head().shape == Shape::kManyFixed || lexer.head().shape == Shape::kManyVariable;
    for (std::uint32_t i = 0; is_array && i < lexer.head().n / 2; ++i) {
      if (!lexer.next_element()) return 0;
      if (const auto some = lexer.take_some(3); !some) return 0;
    }
    if (const auto some = lexer.take_some(5); !some) return 0;
  }
  MK_CHECK(lexer.position() <= size);
  return 0;
}
