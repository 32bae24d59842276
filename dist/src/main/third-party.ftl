# Third-party software in the release archive

Written by `mvn package` (dist/pom.xml), which fails on a licence that is not allowed there; `PackagingIT` fails where
the copy at the repository's root is not this one. With `-Pcuda`, onnxruntime_gpu takes the place of onnxruntime.

| software | version | licence | home |
|---|---|---|---|
<#list dependencyMap as e>
<#assign project = e.getKey()/>
<#assign licenses = e.getValue()/>
<#if project.groupId != "dev.percept">
| ${project.groupId}:${project.artifactId} | ${project.version} | <#list licenses as license>${license}<#if license_has_next> or </#if></#list> | ${project.url!""} |
</#if>
</#list>
