using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Quern.Core.Farms;
using Quern.Protocol.Api;
using Quern.Supervisor.Settings;
using Quern.Supervisor.Tests.Api;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor.Tests.Trust;

public sealed class When_hosts_are_restricted
{
    [Theory]
    [InlineData("open", "w9", "10.0.0.9", true)]
    [InlineData("restricted", "w1", "10.0.0.9", true)]
    [InlineData("restricted", "W1.studio.example", "10.0.0.9", true)]
    [InlineData("restricted", "w9", "10.0.0.7", true)]
    [InlineData("restricted", "w9", "10.0.0.9", false)]
    [InlineData("restrictedbyname", "w1", "10.0.0.9", true)]
    [InlineData("restrictedbyname", "w9", "10.0.0.7", false)]
    [InlineData("restrictedbyaddress", "w1", "10.0.0.9", false)]
    [InlineData("restrictedbyaddress", "w9", "::ffff:10.0.0.7", true)]
    public async Task Should_let_in_who_stands_in_the_central_settings(string policy, string name, string address, bool isIn)
    {
        await using var farm = await TestFarm.StartAsync();
        await PushAsync(farm);
        Assert.Equal(isIn, new HostAdmission(farm.Central, () => policy).WhyNot(name, IPAddress.Parse(address)) is null);
    }

    [Fact]
    public async Task Should_refuse_a_join_with_what_to_do_and_leave_the_token_good()
    {
        await using var farm = await TestFarm.StartAsync();
        File.WriteAllText(farm.SettingsFile, "supervisor_host_policy = restrictedbyname\n");
        await TestFarm.PostAsync(farm.Local, ApiRoutes.Supervisor, """{"reread":true}""");
        var token = JsonSerializer.Deserialize((await TestFarm.PostAsync(farm.Local, ApiRoutes.WorkerTokens, "")).Text, ApiJson.Default.TokenReply)!.Token;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = JsonSerializer.Serialize(TestFarm.Request(key, token), ApiJson.Default.JoinRequest);
        (await TestFarm.PostAsync(farm.Remote(), ApiRoutes.WorkerJoin, request))
            .Refused(HttpStatusCode.Forbidden, "supervisor_host_policy = restrictedbyname, and the central settings have no section 'w1'; add one with 'quern config push'");

        await PushAsync(farm);
        Assert.Equal(HttpStatusCode.OK, (await TestFarm.PostAsync(farm.Remote(), ApiRoutes.WorkerJoin, request)).Status);
    }

    private static Task PushAsync(TestFarm farm)
        => farm.Central.PushAsync(new ConfigSource("[w1]\nworker_cpus = 2\n[10.0.0.7]\nworker_cpus = 2\n", "qbwrk.conf", "pushed"), new Caller("root", "here", true), false, CancellationToken.None);
}
