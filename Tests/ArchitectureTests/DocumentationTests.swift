import Testing

/// Pages that users rely on name everything that the code can say.
@Suite struct DocumentationTests {
    @Test func `the protocol's page has every error of the HTTP resources`() throws {
        let page = try Repository.text("Sources/RoostSession/RoostSession.docc/ClientProtocol.md")
        let registry = try Repository.text("Sources/RoostTransport/Resources/ErrorAnswer.swift")
        let codes = registry.matches(of: /case \w+ = "([A-Z_]+)"/).map(\.output.1)
        #expect(codes.count > 10)
        for code in codes { #expect(page.contains("\n| `\(code)` | "), "\(code)") }
    }

    @Test func `the operators' page has every setting`() throws {
        let page = try Repository.text("Sources/RoostServer/RoostServer.docc/Operations.md")
        let settings = try Repository.text("Sources/RoostServer/Configuration/NodeSettings.swift")
        let keys = settings.matches(of: /(?:text|number)\("([a-z-]+)",/).map(\.output.1)
        #expect(keys.count > 5)
        for key in keys { #expect(page.contains("`--\(key)`"), "--\(key)") }
    }

    @Test func `every dependency has its reason in the README`() throws {
        let readme = try Repository.text("README.md")
        let manifest = try Repository.text("Package.swift")
        let packages = manifest.matches(of: /\.package\(\s*url: "[^"]*\/([^"\/]+)"/).map(\.output.1)
        #expect(packages.count > 5)
        for package in packages { #expect(readme.contains("\n| \(package) | "), "\(package)") }
    }

    @Test func `every target is on the map`() throws {
        let map = try Repository.text("Sources/RoostCore/RoostCore.docc/RoostCore.md")
        for layer in Layering.layers { #expect(map.contains("`\(layer.directory)`"), "\(layer.directory)") }
    }

    @Test(arguments: ["Sources/RoostSession/RoostSession.docc/ClientProtocol.md", "README.md"])
    func `paths on a page exist`(path: String) throws {
        for match in try Repository.text(path).matches(of: /`(?:\.\/)?((?:Sources|Tests|bench|cluster)\/\w[\w\/.-]*)`/)
        {
            let name = String(match.output.1)
            #expect(Repository.exists(name), "\(path) names \(name)")
        }
    }
}
