using Microsoft.AspNetCore.Http;
using Quern.Configuration;
using Quern.Core.Farms;
using Quern.Protocol.Api;
using Quern.Supervisor.Api;
using Quern.Supervisor.Loop;
using Quern.Supervisor.Settings;

namespace Quern.Supervisor.Administration;

/// <summary>The supervisor itself: its modes and settings. For administrators.</summary>
internal sealed class SupervisorEndpoints(IFarmLoop loop, SupervisorSettings settings)
{
    /// <summary>GET: modes and settings.</summary>
    public async Task ShowAsync(HttpContext context)
    {
        ApiGate.AdministratorOf(context, "a look at the supervisor's settings");
        await WriteAsync(context).ConfigureAwait(false);
    }

    /// <summary>POST: sets or ends a mode, or reads the settings again; a file that is wrong changes nothing.</summary>
    public async Task ChangeAsync(HttpContext context)
    {
        var caller = ApiGate.AdministratorOf(context, "a change of the supervisor");
        var request = await ApiGate.ReadAsync(context, ApiJson.Default.SupervisorChangeRequest).ConfigureAwait(false);
        FarmOptions? options = null;
        try
        {
            options = request.Reread ? settings.Reread() : null;
        }
        catch (ConfigurationException failure)
        {
            throw ApiRefusal.Bad($"the supervisor's settings stay as they are: {failure.Message}");
        }

        await loop.Ask(
            (farm, now) =>
            {
                farm.SetModes(request.RejectSubmit, request.StopActivity, caller, now);
                if (options is not null)
                {
                    farm.Reconfigure(options, caller, now);
                }

                return 0;
            },
            context.RequestAborted).ConfigureAwait(false);
        await WriteAsync(context).ConfigureAwait(false);
    }

    private async Task WriteAsync(HttpContext context)
    {
        var (rejects, stopped) = await loop.Ask((farm, _) => (farm.RejectsSubmissions, farm.IsActivityStopped), context.RequestAborted).ConfigureAwait(false);
        var reply = new SupervisorView { RejectSubmit = rejects, StopActivity = stopped, Settings = settings.Show() };
        await ApiGate.WriteAsync(context, reply, ApiJson.Default.SupervisorView).ConfigureAwait(false);
    }
}
