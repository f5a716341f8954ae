namespace Quern.Core.Agendas;

/// <summary>An agenda, or one sentence that says why there is none; exactly one of the two is there.</summary>
public readonly record struct AgendaResult(Agenda? Agenda, string? Refusal)
{
    internal static AgendaResult Refused(string sentence) => new(null, sentence);
}
