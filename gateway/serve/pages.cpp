// gateway/serve/pages.cpp — the embedded files, and the one page that answers for all of the app's addresses.
#include "gateway/serve/assets.hpp"
#include "gateway/serve/routes.hpp"

#include <algorithm>
#include <array>

namespace sluse::serve {
namespace {

/// Where addresses inside the app begin; the script reads the rest from the path, and says so itself when there is no such page.
constexpr std::array<std::string_view, 7> pages{"goals", "indicators", "contributions", "signals", "systems", "messages", "quarantine"};

bool is_page(std::string_view path)
{
    const auto first = path.substr(1, path.find('/', 1) - 1);
    return path == "/" || std::ranges::find(pages, first) != pages.end();
}

Reply reply_with(const Asset& file, const Call& call)
{
    Reply reply;
    reply.type = file.type;
    reply.headers.emplace_back("ETag", file.tag);
    reply.headers.emplace_back("Cache-Control", "no-cache");
    if (call.if_none_match == file.tag) reply.status = 304;
    else reply.body = file.bytes;
    return reply;
}

/// A person in a browser gets the app, which says that there is no such page.
Reply nothing_here(const Call& call)
{
    const auto* page = call.accept.find("text/html") == call.accept.npos ? nullptr : asset("/index.html");
    if (!page) return refusal(Style::plain, 404, "there is nothing here");
    Reply reply;
    reply.status = 404;
    reply.type = page->type;
    reply.body = page->bytes;
    return reply;
}

} // namespace

const Asset* asset(std::string_view path)
{
    const auto all = assets();
    const auto found = std::ranges::find(all, path, &Asset::path);
    return found == all.end() ? nullptr : &*found;
}

Reply get_asset(Context&, const Call& call)
{
    const auto* file = asset(is_page(call.id) ? std::string_view("/index.html") : std::string_view(call.id));
    return file ? reply_with(*file, call) : nothing_here(call);
}

Reply get_openapi(Context&, const Call& call)
{
    const auto* file = asset("/openapi.json");
    return file ? reply_with(*file, call) : refusal(Style::api, 404, "there is nothing here");
}

} // namespace sluse::serve
