using System.Text.Json;
using Quern.Core.Farms;
using Quern.Core.Triggers;
using Quern.Protocol.Api;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor.Api;

/// <summary>Turns callbacks as they are sent into what the farm takes: everything that needs no other job. Triggers are read by the farm, which knows the labels.</summary>
internal static class CallbackReader
{
    private const int MostCallbacks = 1000;
    private const int LongestTrigger = 10_000;
    private const int LongestCode = 64 * 1024;

    /// <exception cref="ApiRefusal">One makes no sense, or is not the caller's to submit.</exception>
    public static IReadOnlyList<CallbackSpec> Read(IReadOnlyList<CallbackRequest>? callbacks, string where, Caller caller)
    {
        if (callbacks is null or { Count: 0 })
        {
            return [];
        }

        if (callbacks.Count > MostCallbacks)
        {
            throw ApiRefusal.Bad($"{where}: it has {callbacks.Count} callbacks, more than {MostCallbacks}; use events with * in place of single ones");
        }

        return [.. callbacks.Select((callback, at) => ReadOne(callback, $"{where}: callback {at + 1}", caller))];
    }

    public static CallbackSpec ReadOne(CallbackRequest? callback, string where, Caller caller)
    {
        var code = callback?.Code ?? "";
        if (callback is null || code.Length > LongestCode || code.Contains('\0', StringComparison.Ordinal))
        {
            throw ApiRefusal.Bad($"{where} is null, or its code is longer than {LongestCode >> 10} KiB or has a NUL character; send an object with triggers, language and code");
        }

        var language = callback.Language switch
        {
            { ValueKind: JsonValueKind.String } word => CallbackLanguage.Read(word.GetString()!),
            { ValueKind: JsonValueKind.Number } number => CallbackLanguage.Read(number.GetRawText()),
            _ => null,
        };
        if (language is null)
        {
            throw ApiRefusal.Bad($"{where} has no language that is known; use qube, python, exec, mail or post");
        }

        var user = callback.User ?? "";
        if (user.Length > 0 && !CallerIdentity.IsName(user))
        {
            throw ApiRefusal.Bad($"{where}: '{TargetText.Quote(user)}' is no account name");
        }

        return new CallbackSpec
        {
            Triggers = ReadTriggers(callback.Triggers, where), Language = language.Value, Code = code, User = user == caller.User ? "" : user,
            Maximum = Math.Max(-1, callback.Maximum ?? callback.Max ?? -1),
        };
    }

    private static string ReadTriggers(JsonElement? triggers, string where)
    {
        var text = triggers switch
        {
            { ValueKind: JsonValueKind.String } one => one.GetString()!,
            { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(entry => entry.ValueKind == JsonValueKind.String)
                => list.GetArrayLength() == 1 ? list[0].GetString()! : string.Join(" || ", list.EnumerateArray().Select(entry => $"({entry.GetString()})")),
            _ => "",
        };
        return text.Length is > 0 and <= LongestTrigger && !text.Any(char.IsControl)
            ? text
            : throw ApiRefusal.Bad($"{where} has no triggers, or more than {LongestTrigger} characters of them; give a text such as done-job-self, or a list of such texts");
    }

    public static CallbackView View(Callback callback, bool showCode) => new()
    {
        Id = callback.Id, Pid = callback.Job?.Id.Value ?? 0, Triggers = callback.Trigger.ToString(), Language = CallbackLanguage.Word(callback.Spec.Language),
        Code = showCode ? callback.Spec.Code : "", User = callback.User, Count = callback.Count, Maximum = callback.Spec.Maximum,
        Ready = [.. callback.Trigger.Events.Select((happening, at) => new CallbackEventView { Event = happening.ToString(), Fired = (callback.Ready >> at & 1) != 0 })],
        Lastupdate = callback.LastUpdateMs, Source = callback.Spec.Source.Length > 0 ? callback.Spec.Source : null,
    };
}
