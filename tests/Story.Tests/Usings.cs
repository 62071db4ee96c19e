global using Cqrs.Story.Tests.Hosting;
