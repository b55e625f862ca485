// gateway/base/metrics.cpp — the registry behind the handles, and the text exposition.
#include "gateway/base/metrics.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <mutex>
#include <stdexcept>

namespace sluse {

struct Metrics::Series {
    std::vector<std::pair<std::string, std::string>> labels;
    Counter counter;
    Gauge gauge;
    std::unique_ptr<Histogram> histogram;
};

struct Metrics::Family {
    std::string help;
    char kind{}; ///< c, g or h
    std::map<std::string, std::unique_ptr<Series>, std::less<>> series;
    std::unique_ptr<Series> other;
};

struct Metrics::State {
    std::mutex mutex;
    std::size_t series_max{};
    std::map<std::string, Family, std::less<>> families;
    std::vector<std::function<void()>> samplers;
};

namespace {

void append_escaped(std::string& out, std::string_view text)
{
    for (const char c : text) {
        if (c == '\\' || c == '"') out += '\\';
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        // Label values come from senders; a byte that is not printable ASCII or part of UTF-8 text must not break the page.
        out += byte < 0x20 || byte == 0x7f ? '?' : c;
    }
}

template <class Pairs> std::string label_text(const Pairs& labels, std::string_view more = {})
{
    std::string out;
    for (const auto& [key, value] : labels) {
        if (!out.empty()) out += ',';
        out += key;
        out += "=\"";
        append_escaped(out, value);
        out += '"';
    }
    if (!more.empty()) {
        if (!out.empty()) out += ',';
        out += more;
    }
    return out.empty() ? out : '{' + out + '}';
}

std::string_view kind_name(char kind)
{
    return kind == 'c' ? "counter" : kind == 'g' ? "gauge" : "histogram";
}

void append_histogram(std::string& out, std::string_view name, const std::vector<std::pair<std::string, std::string>>& labels, const Histogram& h)
{
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < h.bounds().size(); ++i) {
        below += h.bucket(i);
        out += fmt::format("{}_bucket{} {}\n", name, label_text(labels, fmt::format("le=\"{}\"", h.bounds()[i])), below);
    }
    below += h.bucket(h.bounds().size());
    out += fmt::format("{}_bucket{} {}\n", name, label_text(labels, "le=\"+Inf\""), below);
    out += fmt::format("{}_sum{} {}\n{}_count{} {}\n", name, label_text(labels), h.sum(), name, label_text(labels), below);
}

} // namespace

Histogram::Histogram(std::span<const double> bounds)
    : bounds_(bounds.begin(), bounds.end()), counts_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds.size() + 1))
{
}

void Histogram::observe(double value)
{
    const auto at = static_cast<std::size_t>(std::ranges::lower_bound(bounds_, value) - bounds_.begin());
    counts_[at].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

std::uint64_t Histogram::count() const
{
    std::uint64_t total = 0;
    for (std::size_t i = 0; i <= bounds_.size(); ++i) total += bucket(i);
    return total;
}

double Histogram::quantile(double q) const
{
    const auto total = count();
    if (total == 0) return 0;
    const auto rank = q * static_cast<double>(total);
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < bounds_.size(); ++i) {
        below += bucket(i);
        if (static_cast<double>(below) >= rank) return bounds_[i];
    }
    return bounds_.back();
}

std::span<const double> seconds_bounds()
{
    static constexpr double bounds[] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
    return bounds;
}

Metrics::Metrics(std::size_t series_max) : state_(std::make_unique<State>())
{
    state_->series_max = series_max;
}

Metrics::~Metrics() = default;

Metrics::Series& Metrics::series(std::string_view name, std::string_view help, char kind, Labels labels, std::span<const double> bounds)
{
    const std::lock_guard lock(state_->mutex);
    auto found = state_->families.find(name);
    if (found == state_->families.end()) {
        found = state_->families.try_emplace(std::string(name)).first;
        found->second.help = help;
        found->second.kind = kind;
    }
    auto& family = found->second;
    if (family.kind != kind) throw std::logic_error(fmt::format("metric {} is a {}", name, kind_name(family.kind)));
    const auto key = label_text(labels);
    if (const auto old = family.series.find(key); old != family.series.end()) return *old->second;
    const bool full = family.series.size() >= state_->series_max;
    if (full && family.other) return *family.other;
    auto made = std::make_unique<Series>();
    for (const auto& [label, value] : labels) made->labels.emplace_back(label, full ? "other" : value);
    if (kind == 'h') made->histogram = std::make_unique<Histogram>(bounds);
    auto& result = *made;
    if (full) family.other = std::move(made);
    else family.series.emplace(key, std::move(made));
    return result;
}

Counter& Metrics::counter(std::string_view name, std::string_view help, Labels labels)
{
    return series(name, help, 'c', labels, {}).counter;
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, Labels labels)
{
    return series(name, help, 'g', labels, {}).gauge;
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, Labels labels, std::span<const double> bounds)
{
    return *series(name, help, 'h', labels, bounds).histogram;
}

void Metrics::sample(std::function<void()> sampler)
{
    const std::lock_guard lock(state_->mutex);
    state_->samplers.push_back(std::move(sampler));
}

namespace {

void run_all(std::mutex& mutex, const std::vector<std::function<void()>>& samplers)
{
    std::vector<std::function<void()>> copy;
    {
        const std::lock_guard lock(mutex);
        copy = samplers;
    }
    for (const auto& sampler : copy) sampler(); // outside the lock: they look handles up
}

} // namespace

std::string Metrics::text()
{
    run_all(state_->mutex, state_->samplers);
    const std::lock_guard lock(state_->mutex);
    std::string out;
    for (const auto& [name, family] : state_->families) {
        out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, family.help, name, kind_name(family.kind));
        const auto one = [&, &name = name, &family = family](const Series& s) {
            if (family.kind == 'h') append_histogram(out, name, s.labels, *s.histogram);
            else if (family.kind == 'c') out += fmt::format("{}{} {}\n", name, label_text(s.labels), s.counter.value());
            else out += fmt::format("{}{} {}\n", name, label_text(s.labels), s.gauge.value());
        };
        for (const auto& entry : family.series) one(*entry.second);
        if (family.other) one(*family.other);
    }
    return out;
}

std::vector<Metrics::Sample> Metrics::samples(std::string_view name)
{
    run_all(state_->mutex, state_->samplers);
    const std::lock_guard lock(state_->mutex);
    std::vector<Sample> out;
    const auto found = state_->families.find(name);
    if (found == state_->families.end()) return out;
    const auto& family = found->second;
    const auto one = [&](const Series& s) {
        const double value = family.kind == 'c'   ? static_cast<double>(s.counter.value())
                             : family.kind == 'g' ? s.gauge.value()
                                                  : static_cast<double>(s.histogram->count());
        out.push_back({s.labels, value});
    };
    for (const auto& entry : family.series) one(*entry.second);
    if (family.other) one(*family.other);
    return out;
}

double Metrics::value(std::string_view name, Labels labels)
{
    const auto key = label_text(labels);
    for (const auto& sample : samples(name))
        if (label_text(sample.labels) == key) return sample.value;
    return 0;
}

Metrics& metrics()
{
    constexpr std::size_t systems_max = 600, counts_max = 30; // of a system: those past the bound would share one gauge, which says what was set last
    static Metrics registry(systems_max * counts_max);
    return registry;
}

Gauge& memory_gauge(std::string_view part)
{
    return metrics().gauge("sluse_memory_bytes", "Memory by part; `other` is what of the resident memory none of them is.", {{"part", part}});
}

} // namespace sluse
