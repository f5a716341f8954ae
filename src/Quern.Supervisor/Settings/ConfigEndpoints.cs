using System.Globalization;
using Microsoft.AspNetCore.Http;
using Quern.Configuration;
using Quern.Core.Farms;
using Quern.Protocol.Api;
using Quern.Supervisor.Api;
using Quern.Supervisor.Loop;

namespace Quern.Supervisor.Settings;

/// <summary>The central settings over the API. Texts are for administrators: they may hold sealed passwords.</summary>
internal sealed class ConfigEndpoints(CentralSettings settings, IFarmLoop loop)
{
    /// <summary>GET: the versions.</summary>
    public async Task ListAsync(HttpContext context)
    {
        ApiGate.AdministratorOf(context, "the list of versions");
        var versions = await loop.Ask((farm, _) => ConfigVersions.List(farm), context.RequestAborted).ConfigureAwait(false);
        await ApiGate.WriteAsync(context, new ConfigVersionList { Versions = versions }, ApiJson.Default.ConfigVersionList).ConfigureAwait(false);
    }

    /// <summary>GET: one version with its text.</summary>
    public async Task ReadAsync(HttpContext context)
    {
        ApiGate.AdministratorOf(context, "a version's text");
        var word = (string?)context.Request.RouteValues["version"] ?? "";
        var number = int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : 0;
        await ApiGate.WriteAsync(context, await FindAsync(number, context.RequestAborted).ConfigureAwait(false), ApiJson.Default.ConfigVersionView).ConfigureAwait(false);
    }

    /// <summary>POST: a change, or with dryRun a look at it.</summary>
    public async Task PushAsync(HttpContext context)
    {
        var caller = ApiGate.AdministratorOf(context, "a change of the central settings");
        var request = await ApiGate.ReadAsync(context, ApiJson.Default.ConfigPushRequest).ConfigureAwait(false);
        try
        {
            var source = await SourceAsync(request, context.RequestAborted).ConfigureAwait(false);
            var reply = await settings.PushAsync(source, caller, request.DryRun, context.RequestAborted).ConfigureAwait(false);
            await ApiGate.WriteAsync(context, reply, ApiJson.Default.ConfigPushReply).ConfigureAwait(false);
        }
        catch (ConfigurationException failure)
        {
            throw ApiRefusal.Bad($"the central settings stay as they are: {failure.Message}");
        }
    }

    /// <summary>GET: a host's settings, explained, for anybody who is known.</summary>
    public async Task ExplainAsync(HttpContext context)
    {
        ApiGate.CallerOf(context);
        var name = (string?)context.Request.RouteValues["host"] ?? "";
        var view = await settings.ExplainAsync(name, context.RequestAborted).ConfigureAwait(false)
            ?? throw ApiRefusal.Missing($"there is no host '{TargetText.Quote(name)}': neither a worker nor a section of the central settings has that name; qbhosts lists the workers");
        await ApiGate.WriteAsync(context, view, ApiJson.Default.ConfigHostView).ConfigureAwait(false);
    }

    private async Task<ConfigSource> SourceAsync(ConfigPushRequest request, CancellationToken cancellationToken)
    {
        switch (request)
        {
            case { Text: { } text, Rollback: null, Reread: false }:
                return new ConfigSource(text, CentralSettings.CleanName(request.Name), "pushed");
            case { Text: null, Rollback: { } number, Reread: false }:
                var old = await FindAsync(number, cancellationToken).ConfigureAwait(false);
                return new ConfigSource(old.Text!, old.Name, $"version {number} again");
            case { Text: null, Rollback: null, Reread: true }:
                return settings.ReadFile();
            default:
                throw ApiRefusal.Bad("a change of the central settings is refused: it must have exactly one of text, rollback and reread; see the API's documentation");
        }
    }

    private async Task<ConfigVersionView> FindAsync(int number, CancellationToken cancellationToken)
        => await loop.Ask((farm, _) => ConfigVersions.Find(farm, number), cancellationToken).ConfigureAwait(false)
            ?? throw ApiRefusal.Missing($"there is no version {number} of the central settings; the last {ConfigVersions.Kept} are kept, 'quern config versions' lists them");
}
