@echo off
rem SPDX-License-Identifier: Apache-2.0
rem Runs Percept with Java 17 or newer: from a release archive (bin\percept.cmd), or from a checkout, which it builds on
rem first use. After changing sources delete dist\target\percept.built: unlike its sibling for POSIX shells, this script
rem doesn't compare their times. Nothing but results goes to stdout.
rem
rem   percept export ...  export-tools, in Python
rem   percept serve ...   the HTTP service
rem   percept help ...    the same as ... --help
rem   percept ...         the command line
rem
rem JAVA_HOME names the Java to use (otherwise the one on the PATH); PERCEPT_JAVA_OPTS holds further options for it.
setlocal EnableExtensions DisableDelayedExpansion

set "here=%~dp0"
set "home=%here%.."
set "checkout="
if exist "%here%dist\pom.xml" set "checkout=yes"
if defined checkout set "home=%here%."

rem ONNX Runtime 1.29 and newer, which PERCEPT_NATIVE_DIR may lead to, report to their vendor unless told not to.
set "ORT_DISABLE_TELEMETRY=1"

set "main=dev.percept.cli.Main"
set "options=-XX:+UseSerialGC -XX:-UsePerfData -Xshare:auto"
set "server="
set "arguments=%*"
if /i "%~1"=="export" goto export
if /i "%~1"=="serve" goto serve
if /i "%~1"=="help" goto help
goto java

:serve
set "main=dev.percept.server.Main"
set "server=yes"
set "options="
call :rest %*
goto java

:help
call :rest %*
set "arguments=%arguments% --help"
goto java

:export
call :rest %*
set "PYTHONUTF8=1"
if defined LOCALAPPDATA (set "venv=%LOCALAPPDATA%\percept\cache\export-venv") else set "venv=%home%\export-tools\.venv"
if defined PERCEPT_CACHE set "venv=%PERCEPT_CACHE%\export-venv"
if exist "%venv%\percept-stamp" goto exportrun
echo percept: making a Python environment for the export tools on first use (about 140 MB)... 1>&2
py -3 -m venv "%venv%" 1>&2 || python -m venv "%venv%" 1>&2 || goto nopython
"%venv%\Scripts\python" -m pip install --quiet --disable-pip-version-check --no-input "%home%\export-tools" 1>&2 || exit /b 1
echo made > "%venv%\percept-stamp"
:exportrun
"%venv%\Scripts\python" -I -X utf8 -m percept_export %arguments%
exit /b %ERRORLEVEL%

:nopython
echo percept: Python 3.10 or newer is needed to export: install it from your software centre, or put it on the PATH 1>&2
exit /b 1

:java
if not defined JAVA_HOME goto pathjava
set "java=%JAVA_HOME%\bin\java.exe"
if exist "%java%" goto version
echo percept: there is no bin\java.exe in JAVA_HOME=%JAVA_HOME%: set it to a Java 17 or newer, or unset it 1>&2
exit /b 5
:pathjava
set "java="
for %%j in (java.exe) do set "java=%%~$PATH:j"
if defined java goto version
echo percept: Java 17 or newer is needed and there is no java on the PATH: install a JDK or set JAVA_HOME 1>&2
exit /b 5

:version
set "version="
for /f "tokens=3" %%v in ('call "%java%" -version 2^>^&1 ^| findstr /i "version"') do if not defined version set "version=%%~v"
set "major="
for /f "tokens=1,2 delims=.-+" %%a in ("%version%") do if "%%a"=="1" (set "major=%%b") else set "major=%%a"
if not defined major set "major=0"
if %major% geq 17 goto newenough
echo percept: %java% is Java %version% and Percept needs 17 or newer: install a newer JDK or set JAVA_HOME to one 1>&2
exit /b 5
:newenough
if %major% geq 24 set "options=%options% --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"

if not defined checkout goto run
if exist "%here%dist\target\percept.built" goto built
where mvn >nul 2>nul
if errorlevel 1 (
    echo percept: Maven 3.8 or newer is needed to build and there is no mvn on the PATH: install it or unpack a release archive 1>&2
    exit /b 70
)
echo percept: building on first use, about a minute (log: target\percept-build.log)... 1>&2
if not exist "%here%target" mkdir "%here%target"
pushd "%here%"
call mvn -q -B -Dmaven.test.skip=true -Dspotless.check.skip=true -Dpercept.archives.skip=true -pl dist -am package > target\percept-build.log 2>&1 <nul
popd
if exist "%here%dist\target\percept.built" goto built
findstr /b /c:"[ERROR]" "%here%target\percept-build.log" 1>&2
echo percept: the build failed; all that Maven said is in %here%target\percept-build.log 1>&2
exit /b 70
:built
set "folder="
for /f "usebackq delims=" %%f in ("%here%dist\target\percept.built") do if not defined folder set "folder=%%f"
set "home=%here%dist\target\%folder%"

:run
set "jars=%home%\lib\*"
if defined server set "jars=%jars%;%home%\lib\server\*"
rem No sun.jnu.encoding here: Windows hands over arguments and file names in its own code page.
"%java%" -Dfile.encoding=UTF-8 -Dstdout.encoding=UTF-8 -Dstderr.encoding=UTF-8 %options% %PERCEPT_JAVA_OPTS% -cp "%jars%" %main% %arguments%
exit /b %ERRORLEVEL%

rem Sets arguments to all but the first, quotes kept.
:rest
set "arguments="
:more
shift
if "%~1"=="" if [%1]==[] exit /b 0
set "arguments=%arguments% %1"
goto more
