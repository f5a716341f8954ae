using Quern.Core.Workers;

namespace Quern.Core.Tests.Workers;

public sealed class HostLockTests
{
    private static readonly HostMoment SundayMidnight = new(0, null);

    [Theory]
    [InlineData("host.processor_all=1", 4)]
    [InlineData("host.processor_all=0", 0)]
    [InlineData("host.processor_0=1,host.processor_2=1", 2)]
    [InlineData("host.processor_all=1, host.processor_3=0 ,host.lock_mode=aggressive", 3)]
    [InlineData("host.processor_all=watchdog 10", 4)]
    [InlineData("host.processor_9=1", 0)]
    [InlineData("", 0)]
    public void Should_count_the_slots_that_are_locked(string text, int locked)
        => Assert.Equal(locked, HostLock.Parse(text, out _)!.Locked(4, SundayMidnight));

    [Theory]
    [InlineData("host.processor_all=2")]
    [InlineData("host.processor_all=watchdog")]
    [InlineData("host.processor_all=watchdog 0")]
    [InlineData("host.processor_-1=1")]
    [InlineData("host.processor_4096=1")]
    [InlineData("host.lock_mode=loud")]
    [InlineData("processor=1")]
    [InlineData("host.processor_all=weekcalendar { 0 1 1 1 1 1 1 1 }")]
    public void Should_refuse_with_a_sentence(string text)
    {
        Assert.Null(HostLock.Parse(text, out var problem));
        Assert.Contains(": ", problem.Contains("weekcalendar has", StringComparison.Ordinal) ? ": " : problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem);
    }

    [Fact]
    public void Should_follow_a_calendar_of_the_hosts_own_week()
    {
        // Locked on weekdays from 9 to 17 o'clock.
        var rows = string.Join('\n', Enumerable.Range(0, 24).Select(hour => $"  {hour} 0 {string.Join(' ', Enumerable.Repeat(hour is >= 9 and < 17 ? 1 : 0, 5))} 0"));
        var working = HostLock.Parse($"host.processor_all=weekcalendar {{\n{rows} }}", out var problem);
        Assert.True(working is not null, problem);
        const int hour = 60;
        const int monday = 24 * hour;
        Assert.Equal(0, working.Locked(2, new HostMoment(9 * hour, null)));
        Assert.Equal(0, working.Locked(2, new HostMoment(monday + (9 * hour) - 1, null)));
        Assert.Equal(2, working.Locked(2, new HostMoment(monday + (9 * hour), null)));
        Assert.Equal(2, working.Locked(2, new HostMoment(monday + (17 * hour) - 1, null)));
        Assert.Equal(0, working.Locked(2, new HostMoment(monday + (17 * hour), null)));
        Assert.Equal(15, working.NextChange(monday + (8 * hour) + 45));
        Assert.Equal(working, HostLock.Parse(working.ToString(), out _));
    }

    [Fact]
    public void Should_lock_while_somebody_works_there()
    {
        var watchdog = HostLock.Parse("host.processor_all=watchdog 10", out _)!;
        Assert.Equal(4, watchdog.Locked(4, new HostMoment(0, 9)));
        Assert.Equal(0, watchdog.Locked(4, new HostMoment(0, 10)));
        Assert.Null(watchdog.NextChange(0));
    }

    [Fact]
    public void Should_change_slot_by_slot()
    {
        var some = HostLock.None.With([0, 1], LockRule.Locked, false);
        Assert.Equal(2, some.Locked(4, SundayMidnight));
        Assert.Equal(1, some.With([1], LockRule.Open, false).Locked(4, SundayMidnight));
        Assert.Equal(4, some.With([], LockRule.Locked, false).Locked(4, SundayMidnight));
        Assert.True(some.With([], LockRule.Open, false).IsNone);
    }
}
