import Testing

/// The rules themselves, shown what they are there to find and what they must leave alone.
@Suite struct RuleTests {
    static let rules = Rule.ofSources + Rule.ofPureCode

    static let offending: [(rule: String, code: String)] = [
        ("try?", "let value = try? read()"),
        ("try!", "let value = try! read()"),
        ("force cast", "let node = thing as! Node"),
        ("force unwrap", "let first = list.first!"),
        ("force unwrap", "let name = names[key]!.text"),
        ("force unwrap", "call()!"),
        ("force unwrap", #"let text = "\(name!)""#),
        ("task", "Task { run() }"),
        ("async", "func run() async {"),
        ("async", "let value = await run()"),
        ("actor", "public actor Store {"),
        ("lock", "let state: Mutex<Int>"),
        ("clock", "let start = ContinuousClock.now"),
        ("clock", "start = .now"),
        ("unseeded random", "let number = Int.random(in: 0..<9)"),
        ("unseeded random", "let order = list.shuffled()"),
        ("unseeded random", "list.shuffle()"),
        ("unseeded element", "let one = list.randomElement()"),
        ("system randomness", "var generator = SystemRandomNumberGenerator()"),
        ("event loop", "let loop: any EventLoop"),
        ("event loop", "var buffer = ByteBuffer()"),
        ("unchecked", "final class Box: @unchecked Sendable {}"),
        ("print", "print(value)"),
    ]

    @Test(arguments: offending)
    func `a rule finds what offends`(name: String, code: String) throws {
        let found = try RuleTests.rules.filter { try $0.name == name && $0.offences(SourceCode("\n" + code)) == [2] }
        #expect(found.count == 1, "\(name): \(code)")
    }

    @Test(arguments: [
        "// Task, try! and first! in a comment",
        "/* try? /* nested */ await */ let done = true",
        #"let text = "a Task that says try! and print(x)""#,
        ##"let raw = #"call()! "quoted" try?"#"##,
        "let text = \"\"\"\n    Task { await run()! }\n    \"\"\"",
        #"let text = "an escaped quote \" then Task""#,
        "if !isDone, left != right { return }",
        "func step(now: Instant) { deadline = now + span }",
        "let number = Int.random(in: 0..<9, using: &random)",
        "let kept = try read()",
        "let other = a ? b : c",
    ])
    func `a rule leaves alone what does not offend`(code: String) throws {
        for rule in RuleTests.rules { #expect(try rule.offences(SourceCode(code)) == [], "\(rule.name): \(code)") }
    }

    @Test func `imports are found in every spelling`() {
        let code = SourceCode(
            """
            import Foundation
            public import NIOCore
            @preconcurrency import Dispatch
            import struct RoostCore.Instant
            // import Hidden
            let text = "import Quoted"
            """)
        #expect(code.imports.map(\.module) == ["Foundation", "NIOCore", "Dispatch", "RoostCore"])
        #expect(code.imports.map(\.line) == [1, 2, 3, 4])
    }

    @Test func `the manifest's targets are read with their needs`() {
        let manifest = Manifest(
            """
            let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
            let package = Package(
                targets: [
                    .systemLibrary(name: "C", providers: [.apt(["c-dev"])]),
                    layer("Low"),
                    layer("High", ["Low", .product(name: "Deque", package: "p"), nioCore], exclude: ["x"]),
                    .executableTarget(
                        name: "tool", dependencies: ["High"], path: "bench"),
                    tests("LowTests", ["Low"]),
                ])
            """)
        #expect(
            manifest.layers == [
                "Low": Manifest.Target(),
                "High": Manifest.Target(targets: ["Low"], products: ["Deque", "NIOCore"]),
                "tool": Manifest.Target(targets: ["High"]),
            ])
        #expect(manifest.testTargets == ["LowTests": Manifest.Target(targets: ["Low"])])
    }

    @Test func `a layer allows its own and refuses the rest`() throws {
        let core = try #require(Layering.layer("RoostCore"))
        let wire = try #require(Layering.layer("RoostWire"))
        #expect(!Layering.allowed(core, path: "Sources/RoostCore/Time/Instant.swift").contains("Foundation"))
        #expect(!Layering.allowed(core, path: "Sources/RoostCore/Time/Instant.swift").contains("RoostRing"))
        #expect(Layering.allowed(wire, path: "Sources/RoostWire/Client/Codec.swift").contains("FoundationEssentials"))
        #expect(!Layering.allowed(wire, path: "Sources/RoostWire/Peer/Codec.swift").contains("FoundationEssentials"))
        #expect(!Layering.allowed(wire, path: "Sources/RoostWire/Peer/Codec.swift").contains("NIOCore"))
    }
}
