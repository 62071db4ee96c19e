global using static Cqrs.Rules.Tests.Specifications.Given;
global using static Cqrs.Rules.Tests.Specifications.Moments;
global using static Cqrs.Rules.Tests.Specifications.People;
