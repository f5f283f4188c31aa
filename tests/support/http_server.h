// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <condition_variable>
#include <initializer_list>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace moneta {

/// A request; the names of its headers are in lower case.
struct HttpRequest {
  std::string method, path, body;
  std::map<std::string, std::string> headers;
};

/// An HTTP server on the loopback interface that sends given responses, one request after the
/// other. Its destructor ends it even if clients are connected.
class HttpServer {
 public:
  static constexpr int hang = -1;         ///< reads and never responds
  static constexpr int close_early = -2;  ///< reads and closes
  struct Answer {
    int status;
    std::string headers = {};
    std::string body = "ok";
  };

  /// The last response is repeated.
  HttpServer(std::initializer_list<Answer> answers) : answers_(answers) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (listener_ < 0 || ::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, generic, &size) != 0 || ::pipe(stop_) != 0) {
      throw std::runtime_error("cannot listen on loopback");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  HttpServer(HttpServer const&) = delete;
  HttpServer& operator=(HttpServer const&) = delete;
  ~HttpServer() {
    ::close(stop_[1]);  // wakes every wait
    thread_.join();
    ::close(stop_[0]);
    ::close(listener_);
  }

  std::string url(std::string const& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  /// Returns the requests after `count` have arrived or 10 seconds have passed.
  std::vector<HttpRequest> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return requests_.size() >= count; });
    return requests_;
  }
  std::size_t count() {
    std::lock_guard const lock(mutex_);
    return requests_.size();
  }

 private:
  /// Waits until `file` can be read; false if the server must end.
  bool wait_to_read(int file) const {
    pollfd files[] = {{file, POLLIN, 0}, {stop_[0], POLLIN, 0}};
    while (::poll(files, 2, -1) < 0) {
    }
    return files[1].revents == 0;
  }

  void run() {
    while (wait_to_read(listener_)) {
      int const client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) continue;
      HttpRequest request;
      if (read_request(client, request)) answer(client, std::move(request));
      ::close(client);
    }
  }

  bool read_more(int client, std::string& text) const {
    char piece[4096];
    if (!wait_to_read(client)) return false;
    ssize_t const size = ::recv(client, piece, sizeof piece, 0);
    if (size > 0) text.append(piece, static_cast<std::size_t>(size));
    return size > 0;
  }

  bool read_request(int client, HttpRequest& request) const {
    std::string text;
    std::size_t end = 0;
    while ((end = text.find("\r\n\r\n")) == std::string::npos) {
      if (!read_more(client, text)) return false;
    }
    request.method = text.substr(0, text.find(' '));
    std::size_t const path = request.method.size() + 1;
    request.path = text.substr(path, text.find(' ', path) - path);
    for (std::size_t at = text.find("\r\n") + 2; at < end;) {
      std::size_t const line_end = text.find("\r\n", at);
      std::size_t const colon = text.find(": ", at);
      std::string name = text.substr(at, colon - at);
      std::transform(name.begin(), name.end(), name.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      request.headers[name] = text.substr(colon + 2, line_end - colon - 2);
      at = line_end + 2;
    }
    std::string const length = request.headers["content-length"];
    std::size_t const size = end + 4 + (length.empty() ? 0 : std::stoul(length));
    while (text.size() < size) {
      if (!read_more(client, text)) return false;
    }
    request.body = text.substr(end + 4);
    return true;
  }

  void answer(int client, HttpRequest request) {
    Answer next{200, {}};
    {
      std::lock_guard const lock(mutex_);
      requests_.push_back(std::move(request));
      next = answers_[std::min(requests_.size(), answers_.size()) - 1];
    }
    changed_.notify_all();
    if (next.status == hang) (void)wait_to_read(client);  // until the client disconnects
    if (next.status < 0) return;
    std::string const text = "HTTP/1.1 " + std::to_string(next.status) + " Text\r\n" +
                             next.headers + "Content-Length: " + std::to_string(next.body.size()) +
                             "\r\nConnection: close\r\n\r\n" + next.body;
    (void)::send(client, text.data(), text.size(), MSG_NOSIGNAL);
  }

  std::vector<Answer> const answers_;
  int listener_ = -1, stop_[2] = {-1, -1};
  int port_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<HttpRequest> requests_;
  std::thread thread_;
};

}  // namespace moneta
