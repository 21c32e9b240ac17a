// An echo and channels, as uWebSockets' own publish and subscribe, on one thread. The byte that tells a message's kind
// is the first of its first header's name; the header's value names the channels.
#include "App.h"

#include <cstdlib>
#include <string_view>

namespace {
constexpr size_t KIND_AT = 16;
constexpr size_t PUBLISH_TO = KIND_AT + std::string_view("publish:").size();
constexpr size_t SUBSCRIBE_TO = KIND_AT + std::string_view("subscribe:").size();
constexpr size_t NAME = 5;

struct Nothing {};
} // namespace

int main(int, char **words) {
  uWS::App app;
  app.ws<Nothing>(
         "/*",
         {.compression = uWS::DISABLED,
          .maxPayloadLength = 64 * 1024,
          .idleTimeout = 0,
          .maxBackpressure = 16 * 1024 * 1024,
          .sendPingsAutomatically = false,
          .message =
              [&app](auto *socket, std::string_view message, uWS::OpCode opcode) {
                char kind = message[KIND_AT];
                if (kind == 'p') {
                  app.publish(message.substr(PUBLISH_TO, NAME), message, opcode);
                  return;
                }
                if (kind == 's') {
                  std::string_view names = message.substr(SUBSCRIBE_TO, message.find('\r', SUBSCRIBE_TO) - SUBSCRIBE_TO);
                  for (size_t at = 0; at < names.size(); at += NAME + 1) {
                    socket->subscribe(names.substr(at, NAME));
                  }
                }
                socket->send(message, opcode);
              }})
      .listen("127.0.0.1", std::atoi(words[1]),
              [](auto *listener) {
                if (!listener) {
                  std::exit(1);
                }
              })
      .run();
}
