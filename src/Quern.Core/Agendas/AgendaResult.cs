namespace Quern.Core.Agendas;

/// <summary>Either an agenda, or one sentence that says what is wrong with the text.</summary>
public sealed record AgendaResult(Agenda? Agenda, string? Refusal);
