// gateway/base/metrics.hpp — counters, gauges and histograms with bounded labels, and their Prometheus text.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluse {

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// Only rises. One relaxed atomic addition; lives as long as its Metrics.
class Counter {
public:
    void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// Goes up and down.
class Gauge {
public:
    void set(double value) { value_.store(value, std::memory_order_relaxed); }
    void add(double n) { value_.fetch_add(n, std::memory_order_relaxed); }
    double value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<double> value_{0};
};

/// Cumulative buckets are made on reading; observing is two relaxed additions.
class Histogram {
public:
    explicit Histogram(std::span<const double> bounds);
    void observe(double value);
    std::uint64_t count() const;
    double sum() const { return sum_.load(std::memory_order_relaxed); }
    /// Upper bound of the bucket that holds the q-th value; the last finite bound when it lies above.
    double quantile(double q) const;
    std::span<const double> bounds() const { return bounds_; }
    std::uint64_t bucket(std::size_t i) const { return counts_[i].load(std::memory_order_relaxed); } ///< not cumulative

private:
    std::vector<double> bounds_;
    std::unique_ptr<std::atomic<std::uint64_t>[]> counts_; ///< one more than bounds: above the last
    std::atomic<double> sum_{0};
};

/// 100 µs to 30 s in the steps 1, 2.5, 5: what latencies of acknowledgement and of processing need.
std::span<const double> seconds_bounds();

/// A registry. Look a handle up once and keep it: look-ups lock, handles do not. Past `series_max` label sets a family answers
/// with one shared series whose label values are "other", so that senders cannot grow it. Label values must never name a patient.
class Metrics {
public:
    explicit Metrics(std::size_t series_max = 2'000);
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    Counter& counter(std::string_view name, std::string_view help, Labels labels = {});
    Gauge& gauge(std::string_view name, std::string_view help, Labels labels = {});
    Histogram& histogram(std::string_view name, std::string_view help, Labels labels = {}, std::span<const double> bounds = seconds_bounds());

    /// Called before every reading, for gauges that are measured when asked. Must not register samplers itself.
    void sample(std::function<void()> sampler);

    /// Prometheus text exposition 0.0.4.
    std::string text();
    struct Sample {
        std::vector<std::pair<std::string, std::string>> labels;
        double value; ///< a histogram's count
    };
    /// All series of one family, for the API and for tests; empty when there is none.
    std::vector<Sample> samples(std::string_view name);
    /// One series' value; 0 when it is not there. For tests and for small sums.
    double value(std::string_view name, Labels labels = {});

private:
    struct Family;
    struct Series;
    struct State;
    Series& series(std::string_view name, std::string_view help, char kind, Labels labels, std::span<const double> bounds);
    std::unique_ptr<State> state_;
};

/// The process's own registry; /metrics shows it.
Metrics& metrics();
/// Bytes of memory that one part of the process takes.
Gauge& memory_gauge(std::string_view part);

} // namespace sluse
