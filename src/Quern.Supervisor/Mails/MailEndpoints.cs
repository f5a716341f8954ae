using System.Text;
using Microsoft.AspNetCore.Http;
using Quern.Core.Triggers;
using Quern.Protocol.Api;
using Quern.Supervisor.Api;
using Quern.Supervisor.Loop;

namespace Quern.Supervisor.Mails;

/// <summary>POST /api/v1/mail/test: sends one mail now and shows what both sides said.</summary>
internal sealed class MailEndpoints(IFarmLoop loop, MailSender sender, string host, TimeProvider time)
{
    public async Task TestAsync(HttpContext context)
    {
        var caller = ApiGate.CallerOf(context);
        var request = await ApiGate.ReadAsync(context, ApiJson.Default.MailTestRequest).ConfigureAwait(false);
        if (!await loop.Ask((farm, _) => farm.IsAdministrator(caller), context.RequestAborted).ConfigureAwait(false))
        {
            throw ApiRefusal.Forbidden($"the mail server is tried by administrators; {caller.User} is none");
        }

        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var entry = new OutboxEntry
        {
            Id = 0, CreatedMs = now, To = request.To ?? sender.Settings.Administrator, Content = "license",
            Variables = new Dictionary<string, string> { ["EVENT"] = $"test mail of the supervisor on {host}, asked for by {caller.User}" },
        };
        var message = MailText.Write(entry, sender.Settings, host, out var fault);
        using var dialogue = new MemoryStream();
        var result = message is null ? new MailResult(fault, IsFinal: true) : await sender.SendAsync(message, dialogue, context.RequestAborted).ConfigureAwait(false);
        var reply = new MailTestReply { Dialogue = Encoding.UTF8.GetString(dialogue.ToArray()), Failure = result.Failure };
        await ApiGate.WriteAsync(context, reply, ApiJson.Default.MailTestReply).ConfigureAwait(false);
    }
}
