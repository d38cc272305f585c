#include <available_cpus.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include <sched.h>

using namespace sluice::server;
namespace fs = std::filesystem;

namespace {

/// A root directory with the files of cgroups.
class tree {
public:
    tree() : path_{(fs::temp_directory_path() / "sluice-cpus-XXXXXX").string()}
    {
        REQUIRE(::mkdtemp(path_.data()) != nullptr);
    }
    ~tree() { fs::remove_all(path_); }
    tree(tree const&) = delete;
    tree& operator=(tree const&) = delete;

    void write(std::string const& file, std::string const& text) const
    {
        auto const whole = fs::path{path_} / file;
        fs::create_directories(whole.parent_path());
        std::ofstream{whole} << text;
    }
    [[nodiscard]] std::optional<double> quota() const { return cgroup_quota(path_); }

private:
    std::string path_;
};

constexpr auto unified = "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n";
constexpr auto legacy = "24 1 0:5 / /proc rw - proc proc rw\n"
                        "35 30 0:30 / /sys/fs/cgroup/cpu,cpuacct rw shared:11 master:2 - cgroup cgroup rw,cpu,cpuacct\n"
                        "36 30 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n";

} // namespace

TEST_SUITE("server/available cpus")
{
    TEST_CASE("version 2 · the least quota from the cgroup upwards")
    {
        tree const t;
        t.write("proc/self/mountinfo", unified);
        t.write("proc/self/cgroup", "0::/a.slice/b.service\n");
        CHECK(t.quota() == std::nullopt);
        t.write("sys/fs/cgroup/a.slice/b.service/cpu.max", "max 100000\n");
        CHECK(t.quota() == std::nullopt);
        t.write("sys/fs/cgroup/a.slice/cpu.max", "250000 100000\n");
        CHECK(t.quota() == 2.5);
        t.write("sys/fs/cgroup/a.slice/b.service/cpu.max", "50000 100000\n");
        CHECK(t.quota() == 0.5);
    }

    TEST_CASE("version 2 · in a namespace of its own the cgroup is the root")
    {
        tree const t;
        t.write("proc/self/mountinfo", unified);
        t.write("proc/self/cgroup", "0::/\n");
        t.write("sys/fs/cgroup/cpu.max", "400000 100000\n");
        CHECK(t.quota() == 4);
    }

    TEST_CASE("version 1 · quota and period of the controller of CPU time")
    {
        tree const t;
        t.write("proc/self/mountinfo", legacy);
        t.write("proc/self/cgroup", "5:cpuset:/x\n3:cpu,cpuacct:/a/b\n0::/\n");
        t.write("sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us", "-1\n");
        t.write("sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us", "100000\n");
        CHECK(t.quota() == std::nullopt);
        t.write("sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us", "150000\n");
        CHECK(t.quota() == 1.5);
    }

    TEST_CASE("version 1 · a container sees its part of the hierarchy, by the whole path")
    {
        tree const t;
        t.write("proc/self/mountinfo", "35 30 0:30 /docker/id /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n");
        t.write("proc/self/cgroup", "3:cpu:/docker/id\n");
        t.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "300000\n");
        t.write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
        CHECK(t.quota() == 3);
    }

    TEST_CASE("neither · there is no bound")
    {
        tree const t;
        CHECK(t.quota() == std::nullopt);
        t.write("proc/self/mountinfo", "nonsense\n\n - \n");
        t.write("proc/self/cgroup", "nonsense\n:\n\n");
        CHECK(t.quota() == std::nullopt);
    }

    TEST_CASE("affinity · bounds it")
    {
        cpu_set_t before;
        REQUIRE(::sched_getaffinity(0, sizeof before, &before) == 0);
        cpu_set_t one;
        CPU_ZERO(&one);
        for (std::size_t cpu = 0; CPU_COUNT(&one) == 0; ++cpu) {
            if (CPU_ISSET(cpu, &before)) {
                CPU_SET(cpu, &one);
            }
        }
        REQUIRE(::sched_setaffinity(0, sizeof one, &one) == 0);
        CHECK(available_cpus() == 1);
        REQUIRE(::sched_setaffinity(0, sizeof before, &before) == 0);
        CHECK(available_cpus() >= 1);
        CHECK(available_cpus() <= static_cast<std::size_t>(CPU_COUNT(&before)));
    }
}
