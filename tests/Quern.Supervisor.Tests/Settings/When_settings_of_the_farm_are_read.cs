using Quern.Configuration;
using Quern.Core;
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
