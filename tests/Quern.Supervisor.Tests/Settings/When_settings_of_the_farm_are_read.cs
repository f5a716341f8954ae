using Quern.Configuration;
using Quern.Core;
using Quern.Core.Dispatch;
using Quern.Core.Farms;
using Quern.Core.Permissions;
using Quern.Supervisor.Settings;

namespace Quern.Supervisor.Tests.Settings;

public sealed class When_settings_of_the_farm_are_read
{
    [Fact]
    public void Should_have_Qubes_defaults()
    {
        var options = FarmSettings.Read(QuernSettings.Load(null, []));
        Assert.Equal(Permission.Default, options.DefaultPermissions);
        Assert.Equal(Permission.None, options.DefaultGroupPermissions);
        Assert.Equal(InstanceLimits.Unlimited, options.InstanceLimits.OfUser("ann"));
        Assert.Equal(EventComponent.All, options.History);
        Assert.Empty(options.GlobalResources);
        Assert.Equal((QueueAlgorithm.Cluster, PreemptPolicy.Passive, "", 30_000), (options.QueueAlgorithm, options.PreemptPolicy, options.DefaultHostOrder, options.WidePatienceMs));
        Assert.Empty(options.Shares);
        Assert.Equal(SmartShare.None, options.SmartShare);
    }

    [Fact]
    public void Should_take_permissions_by_every_name_there_is()
        => Assert.Equal(Permission.Everything, FarmSettings.Read(Load("supervisor_default_security=" + string.Join(',', PermissionText.All))).DefaultPermissions);

    [Fact]
    public void Should_take_limits_resources_and_parts_of_history()
    {
        var options = FarmSettings.Read(Load(
            "supervisor_default_user_subjob_limit=10", "supervisor_user_subjob_limits=ann=3", "supervisor_pgrp_subjob_limits=ann=2", "supervisor_global_resources=license.maya=5, global.x=1",
            "supervisor_log_flags=job,user", "supervisor_default_group_security=kill,block"));
        Assert.Equal((3, 10, 2), (options.InstanceLimits.OfUser("ann"), options.InstanceLimits.OfUser("bob"), options.InstanceLimits.OfPgrp("ann")));
        Assert.Equal(["license.maya=5", "global.x=1"], options.GlobalResources.Select(entry => $"{entry.Resource}={entry.Total}"));
        Assert.Equal(EventComponent.Job | EventComponent.User, options.History);
        Assert.Equal(Permission.Kill | Permission.Block, options.DefaultGroupPermissions);
    }

    [Theory]
    [InlineData("supervisor_queue_algorithm=Internal=priority", QueueAlgorithm.Priority)]
    [InlineData("supervisor_queue_algorithm=queue", QueueAlgorithm.Queue)]
    [InlineData("supervisor_queue_library=queue", QueueAlgorithm.Queue)]
    [InlineData("supervisor_queue_library=queue;supervisor_queue_algorithm=internal=cluster", QueueAlgorithm.Cluster)]
    [InlineData("supervisor_queue_algorithm=Internal=queue,Internal=priority", QueueAlgorithm.Queue)]
    public void Should_take_the_queue_in_its_old_and_new_form(string settings, QueueAlgorithm expected)
        => Assert.Equal(expected, FarmSettings.Read(Load(settings.Split(';'))).QueueAlgorithm);

    [Fact]
    public void Should_take_what_else_dispatch_hangs_on()
    {
        var options = FarmSettings.Read(Load(
            "supervisor_default_hostorder=-host.processors.used", "supervisor_preempt_policy=aggressive", "supervisor_cluster_shares=/a=60, /b/c = 30", "supervisor_share_of_others=5", "supervisor_wide_patience_seconds=-1"));
        Assert.Equal(("-host.processors.used", PreemptPolicy.Aggressive, 5, -1), (options.DefaultHostOrder, options.PreemptPolicy, options.ShareOfOthers, options.WidePatienceMs));
        Assert.Equal(["/a=60", "/b/c=30"], options.Shares.Select(share => $"{share.Cluster}={share.Weight}"));
    }

    [Theory]
    [InlineData("*", -1)]
    [InlineData("-1", -1)]
    [InlineData("12", 12)]
    public void Should_take_how_idle_slots_are_filled(string most, int expected)
        => Assert.Equal(
            new SmartShare(true, PreemptPolicy.Passive, expected, 50),
            FarmSettings.Read(Load("supervisor_smart_share_mode=jobs", "supervisor_smart_share_preempt_policy=passive", $"supervisor_default_max_cpus={most}", "supervisor_max_cpus_limit=50")).SmartShare);

    [Theory]
    [InlineData("supervisor_default_max_cpus=many", "'many' is no number of instances")]
    [InlineData("supervisor_queue_algorithm=Perl=/x.pl", "--set: supervisor_queue_algorithm: 'Perl=/x.pl' is not run, no scripts are")]
    [InlineData("supervisor_queue_algorithm=Internal=1", "there is no queue '1'")]
    [InlineData("supervisor_default_hostorder=host.", "--set: supervisor_default_hostorder: ")]
    [InlineData("supervisor_cluster_shares=/a", "'/a' is no share: write it as /cluster=N")]
    [InlineData("supervisor_cluster_shares=/a=0", "'/a=0' is no share")]
    [InlineData("supervisor_cluster_shares=a=3", "--set: supervisor_cluster_shares: ")]
    [InlineData("supervisor_cluster_shares=/a=3,/a=4", "/a has two shares")]
    public void Should_refuse_what_dispatch_could_not_use(string setting, string part)
        => Assert.Contains(part, Assert.Throws<ConfigurationException>(() => FarmSettings.Read(Load(setting))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(new[] { "supervisor_default_prgp_subjob_limit=4" }, 4)]
    [InlineData(new[] { "supervisor_default_prgp_subjob_limit=4", "supervisor_default_pgrp_subjob_limit=6" }, 6)]
    public void Should_take_the_misspelt_limit_where_the_right_one_is_not_set(string[] settings, int limit)
        => Assert.Equal(limit, FarmSettings.Read(Load(settings)).InstanceLimits.OfPgrp("ann"));

    [Theory]
    [InlineData("supervisor_global_resources=maya=1", "--set: supervisor_global_resources: 'maya' is no resource: write it as class.name, as in license.maya")]
    [InlineData("supervisor_user_subjob_limits=ann", "supervisor_user_subjob_limits, supervisor_pgrp_subjob_limits: 'ann' is no limit of a user: write it as user=n, -1 for none")]
    public void Should_refuse_a_list_that_cannot_be_read(string setting, string sentence)
        => Assert.Equal(sentence, Assert.Throws<ConfigurationException>(() => FarmSettings.Read(Load(setting))).Message);

    private static QuernSettings Load(params string[] settings) => QuernSettings.Load(null, settings);
}
