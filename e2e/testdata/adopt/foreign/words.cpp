// words is an executor plugin for Botkube in C++. It counts the words after the command.

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>

#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include "controller.grpc.pb.h"
#include "executor.grpc.pb.h"

using google::protobuf::Empty;
using grpc::ServerContext;
using grpc::Status;

#ifndef VERSION
#define VERSION "0.0.0-dev"
#endif

namespace {

// Botkube sends this value in the environment, so that a plugin does not run by accident.
const char* const kCookieName = "BOTKUBE";
const char* const kCookie = "52ca7b74-28eb-4fac-ae79-31a9cbda2454";

// message returns a message of one line. The text needs no escapes in JSON.
std::string message(const std::string& text) { return R"({"baseBody":{"plaintext":")" + text + R"("}})"; }

class Words final : public executor::Executor::Service {
  Status Metadata(ServerContext*, const Empty*, executor::MetadataResponse* out) override {
    out->set_version(VERSION);
    out->set_description("Counts words.");
    out->set_documentation_url("https://example.com/words");
    out->mutable_json_schema()->set_value(R"({"type":"object","additionalProperties":false})");
    return Status::OK;
  }

  Status Execute(ServerContext*, const executor::ExecuteRequest* in, executor::ExecuteResponse* out) override {
    std::istringstream words(in->command());
    std::string word;
    words >> word;  // the name of the command
    int count = 0;
    while (words >> word) ++count;
    out->set_message(message(std::to_string(count) + (count == 1 ? " word" : " words")));
    return Status::OK;
  }

  Status Help(ServerContext*, const Empty*, executor::HelpResponse* out) override {
    out->set_help(message("words TEXT: counts the words of a text"));
    return Status::OK;
  }
};

// Controller ends the plugin when Botkube asks for it.
class Controller final : public plugin::GRPCController::Service {
 public:
  void stop(grpc::Server* server) { server_ = server; }

 private:
  Status Shutdown(ServerContext*, const plugin::Empty*, plugin::Empty*) override {
    std::thread([this] { server_->Shutdown(); }).detach();
    return Status::OK;
  }

  grpc::Server* server_ = nullptr;
};

// directory returns where the socket may be.
std::string directory() {
  for (const char* name : {"PLUGIN_UNIX_SOCKET_DIR", "TMPDIR"}) {
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
  }
  return "/tmp";
}

}  // namespace

int main() {
  const char* cookie = std::getenv(kCookieName);
  if (cookie == nullptr || std::string(cookie) != kCookie) {
    std::cerr << "words is a plugin that Botkube starts" << std::endl;
    return 1;
  }
  const std::string socket = directory() + "/words-" + std::to_string(getpid());
  Words words;
  Controller controller;
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + socket, grpc::InsecureServerCredentials());
  builder.RegisterService(&words);
  builder.RegisterService(&controller);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    std::cerr << "cannot listen on " << socket << std::endl;
    return 1;
  }
  controller.stop(server.get());
  server->GetHealthCheckService()->SetServingStatus("plugin", true);
  // The versions of go-plugin's protocol and of Botkube's plugins, and where the server listens.
  std::cout << "1|3|unix|" << socket << "|grpc" << std::endl;
  server->Wait();
  unlink(socket.c_str());
  return 0;
}
